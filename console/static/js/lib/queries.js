// A panel's queries, asked of the backends. What comes back is frames:
//   series {name, labels, times (s), values}, rows [{column: value}], lines, traces.
import { get } from "./api.js";
import { interpolated } from "./variables.js";
import { tracesOf } from "./traces.js";
import { linesOf } from "./logs.js";

/** The answers to all queries of a panel, in their order. */
export function ask(panel, scope, signal) {
  return Promise.all(panel.targets.filter((target) => !target.hide).map((target) => asked(target, scope, signal)));
}

function asked(target, scope, signal) {
  const by = { prometheus: prometheus, loki, jaeger }[target.datasource.type];
  if (!by) throw new Error(`The console cannot ask a data source of the type ${target.datasource.type}.`);
  return by(target, scope, signal);
}

export const expression = (target, scope) => interpolated(target.expr ?? "", scope);

async function prometheus(target, scope, signal) {
  const query = expression(target, scope);
  const result = target.instant ? await instant(query, scope.range, signal) : await overTime(query, scope.range, signal);
  const frames = { refId: target.refId, series: result.map((each) => ({ ...each, name: legend(target, each.labels) })) };
  if (target.format === "table") frames.rows = result.map(({ labels, values }) => ({ ...labels, Value: values.at(-1) }));
  if (target.exemplar) frames.exemplars = await exemplars(query, scope.range, signal);
  return frames;
}

/** The value of each series at the end of the time. */
export async function instant(query, range, signal) {
  const { data } = await get("prometheus/query", { query, time: range.to / 1000 }, signal);
  const result = data.resultType === "scalar" ? [{ metric: {}, value: data.result }] : data.result;
  return result.map(({ metric, value }) => ({ labels: metric, times: [value[0]], values: [Number(value[1])] }));
}

/** Each series with a value, or null, for every step. */
export async function overTime(query, { from, to, step }, signal) {
  const params = { query, start: from / 1000, end: to / 1000, step };
  const { data } = await get("prometheus/query_range", params, signal);
  return onGrid(data.result, from, to, step);
}

/** All start and end with the time shown, so that lines can be drawn over each other. */
function onGrid(result, from, to, step) {
  const first = Math.floor(from / 1000 / step) * step;
  const length = Math.floor((Math.floor(to / 1000 / step) * step - first) / step) + 1;
  const times = Array.from({ length }, (_, index) => first + index * step);
  return result.map(({ metric, values }) => {
    const all = new Array(length).fill(null);
    for (const [time, value] of values) {
      const index = Math.round((time - first) / step);
      const number = Number(value);
      if (index >= 0 && index < length && Number.isFinite(number)) all[index] = number;
    }
    return { labels: metric, times, values: all };
  });
}

async function exemplars(query, { from, to }, signal) {
  const params = { query, start: from / 1000, end: to / 1000 };
  const { data } = await get("prometheus/query_exemplars", params, signal).catch(() => ({ data: [] }));
  return data.flatMap(({ seriesLabels, exemplars: found }) =>
    found
      .filter(({ labels }) => labels.trace_id)
      .map(({ labels, value, timestamp }) => ({
        series: seriesLabels,
        traceId: labels.trace_id,
        value: Number(value),
        time: timestamp,
      })),
  );
}

const nanoseconds = (milliseconds) => `${Math.round(milliseconds)}000000`;

async function loki(target, scope, signal) {
  const query = expression(target, scope);
  const { from, to, step } = scope.range;
  const lokiStep = Math.max(step, 15);
  const metric = /^\s*(sum|count|avg|max|min|topk|bottomk|rate|count_over_time|\w+_over_time|\()/.test(query);
  const grid = metric ? Math.floor(to / 1000 / lokiStep) * lokiStep * 1000 : to;
  const params = {
    query,
    start: nanoseconds(metric ? Math.floor(from / 1000 / lokiStep) * lokiStep * 1000 : from),
    end: nanoseconds(grid),
    limit: target.maxLines ?? 200,
    ...(metric ? { step: lokiStep } : { direction: "backward" }),
  };
  const { data } = await get("loki/query_range", params, signal);
  if (data.resultType === "streams") return { refId: target.refId, lines: linesOf(data.result) };
  const series = onGrid(data.result, from, to, lokiStep);
  return { refId: target.refId, series: series.map((each) => ({ ...each, name: legend(target, each.labels) })) };
}

async function jaeger(target, scope, signal) {
  const { from, to } = scope.range;
  const params = {
    service: interpolated(target.service, scope),
    operation: target.operation && interpolated(target.operation, scope),
    tags: target.tags ? JSON.stringify(tagsOf(interpolated(target.tags, scope))) : undefined,
    minDuration: target.minDuration,
    maxDuration: target.maxDuration,
    limit: target.limit ?? 20,
    start: Math.round(from * 1000),
    end: Math.round(to * 1000),
  };
  const { data } = await get("jaeger/traces", params, signal);
  return { refId: target.refId, traces: tracesOf(data ?? []) };
}

/** `error=true http.route="/a b"` as Jaeger takes it. */
export function tagsOf(logfmt) {
  const pairs = [...logfmt.matchAll(/([^\s=]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g)];
  return Object.fromEntries(pairs.map(([, name, quoted, plain]) => [name, quoted?.replace(/\\(.)/g, "$1") ?? plain]));
}

function legend(target, labels) {
  const format = target.legendFormat;
  if (!format || format === "__auto") return Object.values(labels).join(" ") || target.expr;
  const name = format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? "").trim();
  return name || "value";
}
