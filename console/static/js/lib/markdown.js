// Runbooks as elements. What is not known as Markdown stays text; nothing in it can become more than that.
import { at } from "./location.js";
import { html } from "./ui.js";

export function Markdown({ text }) {
  return html`<div class="prose">${blocks(text.split("\n"))}</div>`;
}

function blocks(lines) {
  const found = [];
  while (lines.length) {
    const line = lines.shift();
    const heading = /^(#{1,4}) (.*)/.exec(line);
    if (!line.trim()) continue;
    if (line.startsWith("```")) found.push(html`<pre class="query" tabindex="0">${until(lines, /^```/).join("\n")}</pre>`);
    else if (heading) found.push(html`<${`h${Math.min(heading[1].length + 1, 4)}`}>${inline(heading[2])}<//>`);
    else if (/^\|/.test(line)) found.push(table([line, ...while_(lines, /^\|/)]));
    else if (/^(\d+\.|[-*]) /.test(line)) found.push(list([line, ...while_(lines, /^(\d+\.|[-*]) |^ {2,}\S/)]));
    else found.push(html`<p>${inline([line, ...while_(lines, /^(?!#|```|\||\d+\. |[-*] )\S/)].join(" "))}</p>`);
  }
  return found;
}

function until(lines, end) {
  const found = [];
  while (lines.length && !end.test(lines[0])) found.push(lines.shift());
  lines.shift();
  return found;
}

function while_(lines, pattern) {
  const found = [];
  while (lines.length && pattern.test(lines[0])) found.push(lines.shift());
  return found;
}

function list(lines) {
  const items = [];
  for (const line of lines) {
    const item = /^(?:\d+\.|[-*]) (.*)/.exec(line);
    if (item) items.push(item[1]);
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  const tag = /^\d/.test(lines[0]) ? "ol" : "ul";
  return html`<${tag}>${items.map((item) => html`<li>${inline(item)}</li>`)}<//>`;
}

function table(lines) {
  const cells = (line) => line.replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
  const [head, ...rows] = lines.filter((line) => !/^\|[\s:|-]+\|?$/.test(line)).map(cells);
  return html`<table class="data"><thead><tr>${head.map((cell) => html`<th>${inline(cell)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell)}</td>`)}</tr>`)}</tbody></table>`;
}

const PARTS = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

function inline(text) {
  const found = [];
  let place = 0;
  for (const part of text.matchAll(PARTS)) {
    found.push(text.slice(place, part.index));
    const [whole, code, strong, emphasis, name, address] = part;
    if (code) found.push(html`<code>${code}</code>`);
    else if (strong) found.push(html`<b>${inline(strong)}</b>`);
    else if (emphasis) found.push(html`<em>${emphasis}</em>`);
    else found.push(link(name, address));
    place = part.index + whole.length;
  }
  found.push(text.slice(place));
  return found;
}

/** To another runbook here, or to a page elsewhere; a file of the repository is named only. */
function link(name, address) {
  const runbook = /^(?:\.\/)?(?:runbooks\/)?([A-Z][A-Za-z]+)\.md$/.exec(address);
  if (runbook) return html`<a href=${at(`/runbooks/${runbook[1]}`)}>${name}</a>`;
  if (/^https?:\/\//.test(address)) return html`<a href=${address} target="_blank" rel="noreferrer">${name}</a>`;
  return html`<span title=${address}>${name}</span>`;
}
