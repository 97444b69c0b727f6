// Looking for traces: by service, operation, duration, errors and attributes; and how long they took, over time.
import { get, once, useData } from "../lib/api.js";
import { drawMarks, TimeChart } from "../lib/chart.js";
import { cssColor, faded, serviceColor } from "../lib/colors.js";
import { at, change, navigate, route } from "../lib/location.js";
import { axisLabels } from "../panels/timeseries.js";
import { tagsOf } from "../lib/queries.js";
import { useSignal } from "../lib/signal.js";
import { dateTime, useTimeRange } from "../lib/time.js";
import { tracesOf } from "../lib/traces.js";
import { classes, html, useMemo } from "../lib/ui.js";

const FIELDS = ["service", "operation", "tags", "min", "max", "limit"];
const GRID_MS = 5000;

export default function Traces() {
  const { params } = useSignal(route);
  const range = useTimeRange("now-15m");
  const services = useData(() => once("jaeger/services"), []).data?.data?.filter(Boolean).sort() ?? [];
  const service = params.get("service") ?? (services.includes("gateway") ? "gateway" : (services[0] ?? ""));
  const operations = useData((signal) => (service ? get("jaeger/operations", { service }, signal) : Promise.resolve({ data: [] })), [service]);
  const wanted = JSON.stringify([...FIELDS, "errors"].map((name) => params.get(name)));
  const found = useData((signal) => (service ? search(service, params, range, signal) : Promise.resolve([])), [service, wanted, range.from, range.to]);
  return html`<div class="view">
    <h1>Traces</h1>
    <${Form} params=${params} service=${service} services=${services} operations=${operations.data?.data ?? []} />
    ${found.error && html`<p class="bad" role="alert">${found.error.message}</p>`}
    ${found.data && html`<${Found} traces=${found.data} range=${range} limit=${Number(params.get("limit") ?? 100)} />`}
  </div>`;
}

async function search(service, params, range, signal) {
  const tags = tagsOf(params.get("tags") ?? "");
  if (params.get("errors")) tags.error = "true";
  const grid = (time) => Math.floor(time / GRID_MS) * GRID_MS * 1000;
  const asked = {
    service,
    operation: params.get("operation") ?? undefined,
    tags: Object.keys(tags).length ? JSON.stringify(tags) : undefined,
    minDuration: params.get("min") ?? undefined,
    maxDuration: params.get("max") ?? undefined,
    limit: params.get("limit") ?? 100,
    start: grid(range.from),
    end: grid(range.to + GRID_MS),
  };
  const { data } = await get("jaeger/traces", asked, signal);
  return tracesOf(data ?? []).sort((a, b) => b.start - a.start);
}

function Form({ params, service, services, operations }) {
  const submit = (event) => {
    event.preventDefault();
    const { elements } = event.target;
    const values = Object.fromEntries(FIELDS.map((name) => [name, elements[name].value.trim() || null]));
    change({ ...values, errors: elements.errors.checked ? "1" : null });
  };
  return html`<form class="searching" key=${params.toString()} onSubmit=${submit}>
    <label>Service <select name="service" onChange=${(event) => change({ service: event.target.value, operation: null })}>
      ${services.map((each) => html`<option value=${each} selected=${each === service}>${each}</option>`)}
    </select></label>
    <label>Operation <select name="operation">
      <option value="">all</option>
      ${[...operations].sort().map((each) => html`<option value=${each} selected=${each === params.get("operation")}>${each}</option>`)}
    </select></label>
    <label class="wide">Attributes <input name="tags" defaultValue=${params.get("tags") ?? ""} placeholder="http.response.status_code=503" spellcheck=${false} /></label>
    <label>Longer than <input name="min" size="7" defaultValue=${params.get("min") ?? ""} placeholder="250ms" pattern="\\d+(\\.\\d+)?(us|ms|s|m)" /></label>
    <label>Shorter than <input name="max" size="7" defaultValue=${params.get("max") ?? ""} placeholder="2s" pattern="\\d+(\\.\\d+)?(us|ms|s|m)" /></label>
    <label>At most <select name="limit">
      ${["20", "100", "500"].map((each) => html`<option value=${each} selected=${each === (params.get("limit") ?? "100")}>${each}</option>`)}
    </select></label>
    <label class="check"><input type="checkbox" name="errors" defaultChecked=${Boolean(params.get("errors"))} /> with errors</label>
    <button type="submit">Search</button>
  </form>`;
}

function Found({ traces, range, limit }) {
  if (!traces.length) return html`<p class="dim">No trace in this time. <code>./stack traffic</code> makes some.</p>`;
  return html`
    <section class="panel scatter"><header><h3>Duration of ${traces.length}${traces.length >= limit ? " (the newest)" : ""} traces</h3></header>
      <div class="panel-body"><${Scatter} traces=${traces} range=${range} /></div>
    </section>
    <section class="box">
      <table class="data traces">
        <thead><tr><th>Start</th><th>Request</th><th class="number">Duration</th><th class="number">Spans</th><th>Services</th><th>Trace</th></tr></thead>
        <tbody>
          ${traces.map(
            (trace) => html`<tr key=${trace.id} class=${trace.errors ? "failed" : ""}>
              <td>${dateTime(trace.start, { millis: true })}</td>
              <td><span class="stripe" ref=${(element) => element && (element.style.background = serviceColor(trace.root.service))}></span>
                <a href=${at(`/trace/${trace.id}`)}>${trace.root.service} ${trace.root.name}</a> ${trace.errors > 0 && html`<span class="bad">${trace.errors} ${trace.errors === 1 ? "error" : "errors"}</span>`}</td>
              <td class="number">${duration(trace.duration)}</td>
              <td class="number">${trace.spans.length}</td>
              <td class="dim">${[...trace.services].map(([name, count]) => `${name} ${count}`).join(" · ")}</td>
              <td class="mono dim">${trace.id.slice(0, 8)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </section>`;
}

export const duration = (milliseconds) => (milliseconds >= 1000 ? `${(milliseconds / 1000).toFixed(2)} s` : `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`);

/** Each trace a dot: when it began, how long it took. */
function Scatter({ traces, range }) {
  const ordered = useMemo(() => [...traces].sort((a, b) => a.start - b.start), [traces]);
  const most = Math.max(...ordered.map((trace) => trace.duration / 1000));
  const shape = {
    key: JSON.stringify(["scatter", ordered.length, ordered[0]?.id]),
    focus: false,
    series: [{ show: true, paths: () => null, points: { show: false } }],
    axis: { values: (_, splits) => axisLabels(splits, "s") },
    yRange: () => [0, most * 1.1 || 1],
    draw(u) {
      drawMarks(u, []);
      u.ctx.save();
      for (const trace of ordered) {
        const color = trace.errors ? cssColor("state-red") : serviceColor(trace.root.service);
        const [x, y] = [u.valToPos(trace.start / 1000, "x", true), u.valToPos(trace.duration / 1000, "y", true)];
        u.ctx.fillStyle = faded(color, 0.75);
        u.ctx.beginPath();
        u.ctx.arc(x, y, (2.5 + Math.min(4, trace.spans.length / 15)) * devicePixelRatio, 0, 7);
        u.ctx.fill();
      }
      u.ctx.restore();
    },
    press(u, cursor) {
      const trace = near(u, ordered, cursor);
      if (trace) navigate(at(`/trace/${trace.id}`));
    },
    tip(u, cursor) {
      const trace = near(u, ordered, cursor);
      if (!trace) return undefined;
      const name = `${trace.root.service} ${trace.root.name}`;
      return { time: trace.start, pointer: true, rows: [{ color: serviceColor(trace.root.service), name, value: duration(trace.duration) }, { name: "spans", value: String(trace.spans.length) }] };
    },
  };
  const data = useMemo(() => [ordered.map((trace) => trace.start / 1000), ordered.map((trace) => trace.duration / 1000)], [ordered]);
  return html`<${TimeChart} shape=${shape} data=${data} range=${range} label="Durations of traces over time" />`;
}

function near(u, traces, { left, top }) {
  let nearest;
  let best = 14;
  for (const trace of traces) {
    const away = Math.hypot(u.valToPos(trace.start / 1000, "x") - left, u.valToPos(trace.duration / 1000, "y") - top);
    if (away < best) [nearest, best] = [trace, away];
  }
  return nearest;
}
