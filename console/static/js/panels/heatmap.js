// A histogram over time: the darker, the more fell into that bucket then. Dots are requests that lead to traces.
import { drawDots, drawMarks, nearestDot, nearestMark, thinned, TimeChart } from "../lib/chart.js";
import { cssColor, mixed } from "../lib/colors.js";
import { settingsOf } from "../lib/fields.js";
import { formatted } from "../lib/format.js";
import { at, navigate } from "../lib/location.js";
import { html, useMemo } from "../lib/ui.js";

const MOST_LABELS = 8;

export default function HeatMap({ panel, answers, scope, marks }) {
  const unit = panel.options.yAxis?.unit ?? settingsOf(panel, {}).unit;
  const buckets = useMemo(() => bucketsOf(answers.flatMap((answer) => answer.series ?? [])), [answers]);
  const dots = useMemo(() => {
    const color = cssColor("exemplar");
    const found = answers.flatMap((answer) => answer.exemplars ?? []);
    return thinned(found).map((each) => ({ ...each, y: placeOf(each.value, buckets.bounds), color }));
  }, [answers, buckets]);
  const { bounds, counts, times, most } = buckets;
  const width = times.length > 1 ? times[1] - times[0] : scope.range.step;
  const shape = {
    key: JSON.stringify([panel.id, unit, bounds]),
    focus: false,
    series: [{ show: true, paths: () => null, points: { show: false } }],
    axis: {
      splits: () => labelled(bounds).map((index) => index + 1),
      values: (_, splits) => splits.map((split) => bound(bounds[split - 1], unit)),
      grid: { show: false },
    },
    yRange: () => [0, Math.max(bounds.length, 1)],
    drawBelow: (u) => drawCells(u, { bounds, counts, times, most, width }),
    draw(u) {
      drawMarks(u, marks);
      drawDots(u, dots);
    },
    press(u, cursor) {
      const dot = nearestDot(u, dots, cursor);
      if (dot) navigate(at(`/trace/${dot.traceId}`));
    },
    tip(u, cursor) {
      const dot = nearestDot(u, dots, cursor);
      if (dot) {
        const rows = [
          { color: dot.color, name: "exemplar", value: formatted(dot.value, unit), strong: true },
          { name: "click: its trace", value: dot.traceId.slice(0, 8) },
        ];
        return { time: dot.time * 1000, pointer: true, rows };
      }
      const bucket = Math.floor(u.posToVal(cursor.top, "y"));
      const mark = nearestMark(u, marks, cursor);
      if (bucket < 0 || bucket >= bounds.length) return undefined;
      const range = `${bucket ? bound(bounds[bucket - 1], unit) : "0"} – ${bound(bounds[bucket], unit)}`;
      const rows = [{ color: cssColor("heat"), name: range, value: formatted(counts[bucket][cursor.idx] ?? 0, "short") }];
      return { rows: mark ? [{ color: mark.color, name: mark.text, value: "", strong: true }, ...rows] : rows };
    },
  };
  return html`<${TimeChart} shape=${shape} data=${[times, times.map(() => 0)]} range=${scope.range} label=${`${panel.title}: a heat map over time`} />`;
}

/** Prometheus counts up to each bound; a bucket holds what is beyond the bound before. */
function bucketsOf(series) {
  const sorted = series
    .map((each) => ({ ...each, bound: each.labels.le === "+Inf" ? Infinity : Number(each.labels.le) }))
    .filter((each) => !Number.isNaN(each.bound))
    .sort((a, b) => a.bound - b.bound);
  const times = sorted[0]?.times ?? [0];
  const counts = sorted.map((each, index) =>
    each.values.map((value, place) => Math.max(0, (value ?? 0) - (sorted[index - 1]?.values[place] ?? 0))),
  );
  const used = counts.map((bucket) => bucket.some((value) => value > 1e-9));
  const first = Math.max(0, used.indexOf(true) - 1);
  const last = Math.max(used.lastIndexOf(true), first);
  const kept = counts.slice(first, last + 1);
  return {
    bounds: sorted.slice(first, last + 1).map((each) => each.bound),
    counts: kept,
    times,
    most: Math.max(...kept.flat(), 1e-9),
  };
}

function drawCells(u, { bounds, counts, times, most, width }) {
  const { ctx, bbox } = u;
  const [none, full] = [cssColor("panel"), cssColor("heat")];
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (let bucket = 0; bucket < bounds.length; bucket++) {
    const top = u.valToPos(bucket + 1, "y", true);
    const height = u.valToPos(bucket, "y", true) - top;
    for (let index = 0; index < times.length; index++) {
      const value = counts[bucket][index];
      if (!(value > 1e-9)) continue;
      const left = u.valToPos(times[index] - width, "x", true);
      const right = u.valToPos(times[index], "x", true);
      ctx.fillStyle = mixed(none, full, 0.12 + 0.88 * Math.sqrt(value / most));
      ctx.fillRect(left, top + 0.5, Math.max(right - left - 0.5, 1), Math.max(height - 1, 1));
    }
  }
  ctx.restore();
}

/** Where a value is among buckets that are all drawn as high as each other. */
function placeOf(value, bounds) {
  const index = bounds.findIndex((each) => value <= each);
  if (index < 0) return bounds.length - 0.5;
  const low = index ? bounds[index - 1] : 0;
  const high = bounds[index];
  return index + (Number.isFinite(high) && high > low ? (value - low) / (high - low) : 0.5);
}

function labelled(bounds) {
  const every = Math.max(1, Math.ceil(bounds.length / MOST_LABELS));
  return bounds.map((_, index) => index).filter((index) => (bounds.length - 1 - index) % every === 0);
}

const bound = (value, unit) => (value === Infinity ? "∞" : formatted(value, unit));
