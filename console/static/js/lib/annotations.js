// What was done to the stack in the time shown: the marks that dashboards define, read from Loki.
import { get } from "./api.js";
import { namedColor } from "./colors.js";
import { linesOf } from "./logs.js";

export async function marksOf(dashboard, { from, to }, signal) {
  const asked = dashboard.annotations.list.filter((each) => each.enable && each.datasource.type === "loki");
  const found = await Promise.all(asked.map((each) => marks(each, from, to, signal).catch(() => [])));
  return found.flat().sort((a, b) => a.time - b.time);
}

async function marks(annotation, from, to, signal) {
  const grid = (time) => `${Math.floor(time / 5000) * 5000}000000`;
  const params = { query: annotation.expr, start: grid(from), end: grid(to + 5000), limit: 100, direction: "backward" };
  const { data } = await get("loki/query_range", params, signal);
  return linesOf(data.result).map((line) => ({
    time: line.time,
    text: line.message,
    fields: line.fields,
    color: namedColor(annotation.iconColor),
    kind: annotation.name,
  }));
}
