// What a command of ./stack prints, as text, with a link where it names a trace, a runbook or a dashboard.
import { at } from "./location.js";
import { html } from "./ui.js";

const NAMED = /\.\/stack trace ([0-9a-f]{32})|docs\/runbooks\/([A-Za-z]+)\.md|https?:\/\/[\w.:-]+(\/d\/[\w-]+)(?:\?([^\s]*))?/g;

export function Linked({ text }) {
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(NAMED)) {
    const [whole, trace, runbook, dashboard, query] = found;
    const address = trace ? at(`/trace/${trace}`) : runbook ? at(`/runbooks/${runbook}`) : at(dashboard, Object.fromEntries(new URLSearchParams(query)));
    parts.push(text.slice(last, found.index), html`<a href=${address}>${whole}</a>`);
    last = found.index + whole.length;
  }
  return html`${parts}${text.slice(last)}`;
}
