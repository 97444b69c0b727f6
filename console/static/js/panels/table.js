// Rows of values: of queries side by side, or of the traces that a search has found.
import { settingsOf, shown } from "../lib/fields.js";
import { at } from "../lib/location.js";
import { dateTime } from "../lib/time.js";
import { compare, transformed } from "../lib/transformations.js";
import { html, useState } from "../lib/ui.js";
import { linkAddress } from "../lib/variables.js";

export default function Table({ panel, answers, scope }) {
  const traces = answers.flatMap((answer) => answer.traces ?? []);
  const table = answers.some((answer) => answer.traces) ? traceTable(traces) : transformed(answers, panel.transformations);
  const [opening] = panel.options.sortBy ?? [];
  const [sorting, setSorting] = useState({ column: opening?.displayName, descending: opening?.desc ?? false });
  const columns = table.columns
    .map((name) => ({ name, numeric: isNumeric(table.rows, name), settings: settingsOf(panel, { name, type: typeOf(table.rows, name) }) }))
    .filter(({ settings }) => !settings.custom.hidden);
  const rows = [...table.rows];
  if (sorting.column) {
    rows.sort((a, b) => compare(a[sorting.column], b[sorting.column]));
    if (sorting.descending) rows.reverse();
  }
  const sort = (column) => setSorting({ column, descending: sorting.column === column ? !sorting.descending : false });
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${panel.title}>
    <table class="data">
      <thead>
        <tr>
          ${columns.map(
            ({ name, numeric }) => html`<th
              class=${numeric ? "number" : ""}
              aria-sort=${sorting.column === name ? (sorting.descending ? "descending" : "ascending") : "none"}
            >
              <button type="button" onClick=${() => sort(name)}>
                ${name}<span aria-hidden="true">${sorting.column === name ? (sorting.descending ? " ↓" : " ↑") : ""}</span>
              </button>
            </th>`,
          )}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => html`<tr>${columns.map((column) => html`<${Cell} column=${column} row=${row} scope=${scope} />`)}</tr>`)}
      </tbody>
    </table>
  </div>`;
}

function Cell({ column: { name, numeric, settings }, row, scope }) {
  const value = row[name];
  const { text, color, mapped } = value instanceof Written ? value : shown(value, settings);
  const colored = mapped || settings.custom.cellOptions?.type?.startsWith("color");
  const paint = (element) => element && (element.style.color = colored && color ? color : "");
  const link = settings.links?.[0];
  const href = value instanceof Written ? value.href : link && linkAddress(link, scope, { value: { text, raw: value }, row });
  const content = href ? html`<a href=${href}>${text}</a>` : text;
  return html`<td class=${numeric ? "number" : ""} ref=${paint} title=${text}>${content}</td>`;
}

/** A cell that says itself how it is written; compared by its value. */
class Written {
  constructor(value, text, href) {
    Object.assign(this, { value, text, href });
  }
  toString() {
    return String(this.value);
  }
}

function traceTable(traces) {
  const rows = traces.map((trace) => ({
    Trace: new Written(trace.id, trace.id.slice(0, 8), at(`/trace/${trace.id}`)),
    Request: trace.root.name,
    Start: new Written(trace.start, dateTime(trace.start)),
    Spans: trace.spans.length,
    Errors: trace.errors,
    Duration: trace.duration / 1000,
  }));
  const duration = (row) => new Written(row.Duration, `${(row.Duration * 1000).toFixed(1)} ms`);
  return {
    columns: ["Trace", "Request", "Start", "Duration", "Spans", "Errors"],
    rows: rows.sort((a, b) => b.Start.value - a.Start.value).map((row) => ({ ...row, Duration: duration(row) })),
  };
}

const typeOf = (rows, name) => (isNumeric(rows, name) ? "number" : "string");
const isNumeric = (rows, name) => rows.some((row) => typeof row[name] === "number" || typeof row[name]?.value === "number");
