// The names of a chart's lines. A click shows one alone, a click with Ctrl or Shift hides or shows one.
import { calculated, shown } from "../lib/fields.js";
import { classes, html } from "../lib/ui.js";

const TITLES = { lastNotNull: "Last", mean: "Mean", max: "Max", min: "Min", sum: "Total" };

export function Legend({ series, hidden, onChange, options = {}, address = () => undefined }) {
  const calcs = options.calcs ?? [];
  const table = options.displayMode === "table";
  const toggle = (name, event) => onChange(toggled(name, series, hidden, event.ctrlKey || event.metaKey || event.shiftKey));
  return html`<div class=${classes("legend", table && "legend-table", options.placement === "right" && "legend-right")}>
    ${table &&
    calcs.length > 0 &&
    html`<div class="legend-head"><span></span>${calcs.map((calc) => html`<b>${TITLES[calc] ?? calc}</b>`)}</div>`}
    ${series.map((each) => {
      const link = address(each);
      const off = hidden.has(each.name);
      return html`<div class=${classes("legend-entry", off && "off")} key=${each.name}>
        <button type="button" aria-pressed=${!off} title=${each.name} onClick=${(event) => toggle(each.name, event)}>
          <i ref=${(element) => element && (element.style.background = each.color)}></i><span>${each.name}</span>
        </button>
        ${link?.href && html`<a href=${link.href} title=${`${link.title}: ${each.name}`} aria-label=${`${link.title}: ${each.name}`}>↗</a>`}
        ${calcs.map((calc) => html`<b>${shown(calculated(calc, each.values), each.settings).text}</b>`)}
      </div>`;
    })}
  </div>`;
}

function toggled(name, series, hidden, single) {
  const next = new Set(hidden);
  if (single) {
    if (!next.delete(name)) next.add(name);
    return next;
  }
  const others = series.map((each) => each.name).filter((each) => each !== name);
  const alone = !hidden.has(name) && others.length > 0 && others.every((each) => hidden.has(each));
  return new Set(alone ? [] : others);
}
