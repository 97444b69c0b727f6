// Log lines, only as many elements as are in view: a hundred thousand lines scroll as ten do.
import { at } from "../lib/location.js";
import { serviceColor } from "../lib/colors.js";
import { dateTime } from "../lib/time.js";
import { classes, html, useEffect, useRef, useState } from "../lib/ui.js";

const ROW = 22; // pixels
const AHEAD = 12;
const LONGEST = 2000; // characters of a line that is not opened

export function LogLines({ lines, label, showService = true, onFilter, open: opening }) {
  const [opened, setOpened] = useState(opening);
  const scroller = useRef();
  const [view, setView] = useState({ top: 0, height: 400 });

  useEffect(() => {
    const element = scroller.current;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);

  const first = Math.max(0, Math.floor(view.top / ROW) - AHEAD);
  const last = Math.min(lines.length, Math.ceil((view.top + view.height) / ROW) + AHEAD);
  const place = opened === undefined ? -1 : lines.findIndex((line) => keyOf(line) === opened);
  const toggle = (line) => setOpened(keyOf(line) === opened ? undefined : keyOf(line));
  // The opened line is always there, so that scrolling past it does not move what is below.
  const outside = place >= 0 && (place < first || place >= last);
  return html`<div class="lines" ref=${scroller} tabindex="0" role="log" aria-live="off" aria-label=${label}>
    <div class="spacer" style=${{ height: `${first * ROW}px` }}></div>
    ${outside && place < first && html`<${Details} line=${lines[place]} onFilter=${onFilter} />`}
    ${lines.slice(first, last).map((line) => {
      const isOpen = keyOf(line) === opened;
      return html`<div key=${keyOf(line)}>
        <${Line} line=${line} isOpen=${isOpen} onToggle=${toggle} showService=${showService} />
        ${isOpen && html`<${Details} line=${line} onFilter=${onFilter} />`}
      </div>`;
    })}
    <div class="spacer" style=${{ height: `${(lines.length - last) * ROW}px` }}></div>
  </div>`;
}

const keyOf = (line) => `${line.ns}${line.service}${line.fields.span_id ?? ""}${line.message.slice(0, 40)}`;

function Line({ line, isOpen, onToggle, showService }) {
  return html`<button type="button" class=${classes("line", line.level, isOpen && "open")} aria-expanded=${isOpen} onClick=${() => onToggle(line)}>
    <time>${dateTime(line.time, { millis: true }).slice(11)}</time>
    <span class="level">${line.level === "unknown" ? "" : line.level}</span>
    ${showService && html`<span class="service" ref=${(element) => element && (element.style.color = serviceColor(line.service))}>${line.service}</span>`}
    <span class="text">${line.message.slice(0, LONGEST)}</span>
  </button>`;
}

function Details({ line, onFilter }) {
  const fields = Object.entries({ ...line.labels, ...line.fields }).filter(([, value]) => value !== "");
  return html`<div class="line-details">
    <p class="whole">${line.message}</p>
    <div class="actions">
      ${line.traceId && html`<a class="button" href=${at(`/trace/${line.traceId}`)}>Trace ${line.traceId.slice(0, 8)}</a>`}
      <span class="dim">${dateTime(line.time, { millis: true })}</span>
    </div>
    <dl class="fields">
      ${fields.sort().map(
        ([name, value]) => html`<dt>${name}</dt>
          <dd>
            ${onFilter && html`<button type="button" class="filter" title=${`Only lines with this ${name}`} onClick=${() => onFilter(name, value, line)}>+</button>`}
            ${name === "trace_id" ? html`<a href=${at(`/trace/${value}`)}>${value}</a>` : html`<span>${value}</span>`}
          </dd>`,
      )}
    </dl>
  </div>`;
}
