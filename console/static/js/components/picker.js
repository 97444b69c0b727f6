// The time that is shown, and how often it moves on.
import { change } from "../lib/location.js";
import { dateTime, QUICK, refresh, refreshing, setRefresh, shift, useTimeRange, zoomOut, zoomTo } from "../lib/time.js";
import { useSignal } from "../lib/signal.js";
import { html, useEffect, useRef, useState } from "../lib/ui.js";

const INTERVALS = [
  [0, "off"],
  [5, "5 s"],
  [10, "10 s"],
  [30, "30 s"],
  [60, "1 min"],
];

export function TimePicker({ opening }) {
  const range = useTimeRange(opening);
  const every = useSignal(refreshing);
  const [open, setOpen] = useState(false);
  const holder = useRef();

  useEffect(() => {
    if (!open) return undefined;
    const close = (event) => {
      if (event.key === "Escape" || (event.type === "pointerdown" && !holder.current.contains(event.target))) setOpen(false);
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, [open]);

  const choose = (from) => {
    setOpen(false);
    change({ from, to: "now" });
  };
  return html`<div class="picker" ref=${holder}>
    <button type="button" aria-label="Earlier" title="Earlier" onClick=${() => shift(-1)}>‹</button>
    <button type="button" class="range" aria-expanded=${open} aria-haspopup="dialog" onClick=${() => setOpen(!open)}>${range.text}</button>
    <button type="button" aria-label="Later" title="Later" onClick=${() => shift(1)}>›</button>
    <button type="button" aria-label="Zoom out" title="Zoom out" onClick=${zoomOut}>−</button>
    <button type="button" aria-label="Refresh now" title="Refresh now (r)" onClick=${refresh}>↻</button>
    <select aria-label="Refresh every" title="Refresh every" value=${every} onChange=${(event) => setRefresh(Number(event.target.value))}>
      ${INTERVALS.map(([seconds, name]) => html`<option value=${seconds} selected=${seconds === every}>${name}</option>`)}
    </select>
    ${open && html`<${Choices} range=${range} onChoose=${choose} onDone=${() => setOpen(false)} />`}
  </div>`;
}

function Choices({ range, onChoose, onDone }) {
  const local = (time) => dateTime(time).replace(" ", "T");
  const apply = (event) => {
    event.preventDefault();
    const [from, to] = ["from", "to"].map((name) => new Date(event.target.elements[name].value).getTime());
    if (from < to) {
      zoomTo(from, to);
      onDone();
    }
  };
  return html`<div class="popover" role="dialog" aria-label="Time range">
    <ul>
      ${QUICK.map(
        ([value, name]) => html`<li>
          <button type="button" aria-pressed=${range.named.from === value && range.named.to === "now"} onClick=${() => onChoose(value)}>${name}</button>
        </li>`,
      )}
    </ul>
    <form onSubmit=${apply}>
      <label>From <input type="datetime-local" name="from" step="1" defaultValue=${local(range.from)} required /></label>
      <label>To <input type="datetime-local" name="to" step="1" defaultValue=${local(range.to)} required /></label>
      <button type="submit">Apply</button>
      <p class="dim">Times of this browser: ${Intl.DateTimeFormat().resolvedOptions().timeZone}. Drag over a chart to zoom.</p>
    </form>
  </div>`;
}
