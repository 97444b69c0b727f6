// Log lines by LogQL: how many of which level over time, the lines themselves, and new ones as they come.
import { get, once, useData } from "../lib/api.js";
import { TimeChart, uPlot } from "../lib/chart.js";
import { cssColor } from "../lib/colors.js";
import { formatted } from "../lib/format.js";
import { levelOf, linesOf } from "../lib/logs.js";
import { change, route } from "../lib/location.js";
import { useSignal } from "../lib/signal.js";
import { useTimeRange } from "../lib/time.js";
import { html, useEffect, useMemo, useRef, useState } from "../lib/ui.js";
import { LogLines } from "../components/loglines.js";

const OPENING = '{service_name=~".+", service_name!="console"}';
const MOST = 1000;
const KEPT = 5000; // lines of a live tail
const TAIL_MS = 2000;
const BARS = 60;
const GROUPS = {
  error: ["error", "critical"],
  warn: ["warn"],
  info: ["info"],
  debug: ["debug", "unknown"],
};
const COLORS = { error: "state-red", warn: "state-yellow", info: "state-blue", debug: "dim" };

export default function Logs() {
  const { params } = useSignal(route);
  const range = useTimeRange("now-15m");
  const [live, setLive] = useState(false);
  const query = params.get("query") || OPENING;
  const level = params.get("level") ?? "";
  const filtered = level ? `${query} | detected_level=~"${level === "warn" ? "warn|warning" : GROUPS[level]?.join("|")}"` : query;
  const services = useData(() => once("loki/label_values?label=service_name"), []).data?.data ?? [];
  const found = useData((signal) => (live ? Promise.resolve(undefined) : search(filtered, range, signal)), [filtered, range.from, range.to, live]);
  const counted = useData((signal) => histogram(query, range, signal), [query, range.from, range.to]);
  const tail = useTail(filtered, live);
  const lines = live ? tail.lines : (found.data ?? []);
  const filter = (name, value, line) => change({ query: narrowed(query, name, value, line) });
  const submit = (event) => {
    event.preventDefault();
    change({ query: event.target.elements.query.value.trim() });
  };
  return html`<div class="view logs-view">
    <h1>Logs</h1>
    <form class="searching" onSubmit=${submit}>
      <label class="check">Service <select value=${serviceOf(query)} onChange=${(event) => change({ query: event.target.value ? `{service_name=${JSON.stringify(event.target.value)}}` : OPENING })}>
        <option value="">all</option>
        ${[...services].sort().map((each) => html`<option value=${each} selected=${each === serviceOf(query)}>${each}</option>`)}
      </select></label>
      <input class="wide mono" name="query" defaultValue=${query} key=${query} spellcheck=${false} autocomplete="off" aria-label="LogQL" />
      <button type="submit">Search</button>
      <button type="button" aria-pressed=${live} onClick=${() => setLive(!live)}>${live ? "■ Stop" : "▶ Live"}</button>
    </form>
    <div class="levels" role="group" aria-label="Level">
      ${["", ...Object.keys(GROUPS)].map((each) => html`<button type="button" aria-pressed=${each === level} onClick=${() => change({ level: each })}>
        ${each && html`<span class="dot" ref=${(element) => element && (element.style.background = cssColor(COLORS[each]))}></span>`}${each || "all levels"}
        ${counted.data && html` <span class="dim">${formatted(each ? (counted.data.totals[each] ?? 0) : Object.values(counted.data.totals).reduce((a, b) => a + b, 0), "short")}</span>`}
      </button>`)}
    </div>
    <section class="panel histogram" aria-label="Lines over time"><div class="panel-body">${counted.data && html`<${Histogram} counted=${counted.data} range=${range} />`}</div></section>
    ${(found.error || tail.error) && html`<p class="bad" role="alert">${(found.error ?? tail.error).message}</p>`}
    <section class="panel lines-panel">
      <header><h3>${live ? `Live: ${lines.length} lines` : lines.length >= MOST ? `The newest ${MOST} lines` : `${lines.length} lines`}</h3></header>
      <div class="panel-body"><${LogLines} lines=${lines} label="Log lines" onFilter=${filter} /></div>
    </section>
  </div>`;
}

const nanoseconds = (milliseconds) => `${Math.round(milliseconds)}000000`;
const serviceOf = (query) => /^\{service_name="([^"]+)"/.exec(query)?.[1] ?? "";

async function search(query, { from, to }, signal) {
  const params = { query, start: nanoseconds(from), end: nanoseconds(to), limit: MOST, direction: "backward" };
  const { data } = await get("loki/query_range", params, signal);
  return data.resultType === "streams" ? linesOf(data.result) : [];
}

/** How many lines of each level in each step. */
async function histogram(query, { from, to }, signal) {
  const step = Math.max(1, Math.ceil((to - from) / 1000 / BARS));
  const [start, end] = [from, to].map((time) => Math.floor(time / 1000 / step) * step);
  const params = { query: `sum by (detected_level) (count_over_time(${query} [${step}s]))`, start: nanoseconds(start * 1000), end: nanoseconds(end * 1000), step };
  const { data } = await get("loki/query_range", params, signal);
  const times = Array.from({ length: (end - start) / step + 1 }, (_, index) => start + index * step);
  const counts = Object.fromEntries(Object.keys(GROUPS).map((group) => [group, new Array(times.length).fill(0)]));
  for (const { metric, values } of data.result) {
    const level = levelOf(metric.detected_level ?? "");
    const group = Object.keys(GROUPS).find((each) => GROUPS[each].includes(level)) ?? "debug";
    for (const [time, value] of values) counts[group][Math.round((time - start) / step)] += Number(value);
  }
  const totals = Object.fromEntries(Object.entries(counts).map(([group, each]) => [group, each.reduce((a, b) => a + b, 0)]));
  return { times, counts, totals, step };
}

function Histogram({ counted, range }) {
  const groups = Object.keys(GROUPS).reverse();
  const data = useMemo(() => {
    const sums = new Array(counted.times.length).fill(0);
    const stacked = groups.map((group) => counted.counts[group].map((value, index) => (sums[index] += value)));
    return [counted.times, ...stacked.reverse()];
  }, [counted]);
  const ordered = [...groups].reverse();
  const shape = {
    key: `histogram ${counted.step}`,
    focus: false,
    series: ordered.map((group) => ({
      label: group,
      show: true,
      stroke: cssColor(COLORS[group]),
      fill: cssColor(COLORS[group]),
      width: 0,
      paths: uPlot.paths.bars({ size: [0.85, 40], align: -1 }),
      points: { show: false },
    })),
    axis: { values: (_, splits) => splits.map((each) => formatted(each, "short")), space: 24 },
    yRange: (_, high) => [0, high || 1],
    tip: (u, cursor) => ({ rows: ordered.map((group) => ({ color: cssColor(COLORS[group]), name: group, value: formatted(counted.counts[group][cursor.idx] ?? 0, "short") })) }),
  };
  return html`<${TimeChart} shape=${shape} data=${data} range=${range} label="Log lines over time, by level" />`;
}

/** The same query, and only lines with this label or field. */
function narrowed(query, name, value, line) {
  const quoted = JSON.stringify(value);
  if (name in line.labels) return query.replace(/\}/, `, ${name}=${quoted}}`);
  return `${query} | ${name.replace(/[^\w]/g, "_")}=${quoted}`;
}

/** New lines, asked for every two seconds from where the last ones ended. */
function useTail(query, live) {
  const [state, setState] = useState({ lines: [], error: undefined });
  const since = useRef();
  useEffect(() => {
    if (!live) return undefined;
    let stopped = false;
    let timer;
    const controller = new AbortController();
    since.current = BigInt(Date.now() - 60e3) * 1000000n;
    setState({ lines: [], error: undefined });
    const ask = async () => {
      try {
        const params = { query, start: String(since.current), end: nanoseconds(Date.now() + 1000), limit: MOST, direction: "forward" };
        const { data } = await get("loki/query_range", params, controller.signal);
        const fresh = linesOf(data.result);
        if (fresh.length) {
          since.current = fresh[0].ns + 1n;
          setState((before) => ({ lines: [...fresh, ...before.lines].slice(0, KEPT), error: undefined }));
        }
      } catch (error) {
        if (error.name !== "AbortError") setState((before) => ({ ...before, error }));
      }
      if (!stopped) timer = setTimeout(ask, TAIL_MS);
    };
    ask();
    return () => {
      stopped = true;
      clearTimeout(timer);
      controller.abort();
    };
  }, [query, live]);
  return state;
}

