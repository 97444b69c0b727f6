// Lines over time, with limits, exemplars that lead to traces, and what was done to the stack.
import { drawDots, drawLimits, drawMarks, nearestDot, nearestMark, thinned, TimeChart, uPlot } from "../lib/chart.js";
import { cssColor, faded, isService, paletteColor, serviceColor } from "../lib/colors.js";
import { calculated, fixedColor, limitsOf, settingsOf, shown } from "../lib/fields.js";
import { formatted } from "../lib/format.js";
import { at, navigate } from "../lib/location.js";
import { html, useMemo, useState } from "../lib/ui.js";
import { linkAddress } from "../lib/variables.js";
import { Legend } from "../components/legend.js";

const MOST_IN_TIP = 14;
const BINARY = new Set(["bytes", "binBps"]);
const POWERS_OF_2 = Array.from({ length: 50 }, (_, power) => 2 ** power);

export default function TimeSeries({ panel, answers, scope, marks }) {
  const [hidden, setHidden] = useState(new Set());
  const all = useMemo(() => seriesOf(panel, answers), [panel, answers]);
  const defaults = settingsOf(panel, {});
  const stacked = defaults.custom.stacking?.mode === "normal";
  const data = useMemo(() => plotted(all, hidden, stacked), [all, hidden, stacked]);
  const dots = useMemo(() => dotsOf(panel, answers), [panel, answers]);
  const shape = shapeOf({ panel, all, hidden, defaults, stacked, dots, marks, scope });
  const visible = all.filter((each) => !each.settings.custom.hideFrom?.legend);
  return html`
    <${TimeChart} shape=${shape} data=${data} range=${scope.range} label=${`${panel.title}: ${visible.length} lines over time`} />
    ${panel.options.legend?.showLegend !== false &&
    html`<${Legend}
      series=${visible}
      hidden=${hidden}
      onChange=${setHidden}
      options=${panel.options.legend}
      address=${(each) => addressOf(each, scope)}
    />`}
  `;
}

function seriesOf(panel, answers) {
  const found = answers.flatMap((answer) => (answer.series ?? []).map((each) => ({ ...each, refId: answer.refId })));
  let next = 0;
  return found.map((each) => {
    const settings = settingsOf(panel, { name: each.name, refId: each.refId, type: "number" });
    const color = fixedColor(settings) ?? (isService(each.name) || each.name === each.labels.service_name ? serviceColor(each.name) : paletteColor(next++));
    return { ...each, name: settings.displayName ?? each.name, settings, color };
  });
}

function plotted(all, hidden, stacked) {
  const times = all[0]?.times ?? [0];
  const values = all.map((each) => (each.times.length === times.length ? each.values : aligned(each, times)));
  if (!stacked) return [times, ...values];
  const sums = new Array(times.length).fill(0);
  return [
    times,
    ...all.map((each, index) =>
      hidden.has(each.name) ? values[index] : values[index].map((value, place) => (sums[place] += value ?? 0)),
    ),
  ];
}

function aligned({ times, values }, grid) {
  const known = new Map(times.map((time, index) => [time, values[index]]));
  return grid.map((time) => known.get(time) ?? null);
}

function dotsOf(panel, answers) {
  const color = cssColor("exemplar");
  return answers.flatMap(({ exemplars = [] }) => thinned(exemplars).map((each) => ({ ...each, y: each.value, color })));
}

function shapeOf({ panel, all, hidden, defaults, stacked, dots, marks, scope }) {
  const { unit, decimals, min, max } = defaults;
  const limits = defaults.custom.thresholdsStyle?.mode?.startsWith("dashed") || defaults.custom.thresholdsStyle?.mode?.includes("line") ? limitsOf(defaults) : [];
  const softMax = defaults.custom.axisSoftMax;
  const value = (index, place) => all[index].values[place];
  return {
    key: JSON.stringify([panel.id, unit, stacked && [...hidden], all.map((each) => [each.name, each.color, each.settings.custom])]),
    series: all.map((each) => styleOf(each, stacked, !hidden.has(each.name))),
    bands: stacked ? bandsOf(all, hidden) : [],
    axis: { values: (_, splits) => axisLabels(splits, unit, decimals), ...(BINARY.has(unit) && { incrs: POWERS_OF_2 }) },
    logarithmic: defaults.custom.scaleDistribution?.type === "log",
    yRange: (low, high) => rangeOf(low, high, { min, max, softMax, unit, logarithmic: defaults.custom.scaleDistribution?.type === "log" }),
    draw(u) {
      drawLimits(u, limits);
      drawMarks(u, marks);
      drawDots(u, dots);
    },
    press(u, cursor) {
      const dot = nearestDot(u, dots, cursor);
      if (dot) navigate(at(`/trace/${dot.traceId}`));
    },
    tip(u, cursor) {
      const dot = nearestDot(u, dots, cursor);
      if (dot) return dotTip(dot, unit);
      const mark = nearestMark(u, marks, cursor);
      const rows = all
        .map((each, index) => ({ each, number: value(index, cursor.idx) }))
        .filter(({ each, number }) => !hidden.has(each.name) && number !== null && number !== undefined)
        .sort((a, b) => b.number - a.number)
        .map(({ each, number }) => ({ color: each.color, name: each.name, value: shown(number, each.settings).text }));
      const rest = rows.length - MOST_IN_TIP;
      if (rest > 0) rows.splice(MOST_IN_TIP, rest, { name: `and ${rest} more`, value: "" });
      if (mark) rows.unshift({ color: mark.color, name: mark.text, value: "", strong: true });
      return { rows: rows.length ? rows : [{ name: "no value", value: "" }] };
    },
  };
}

/** Of what is stacked, each is filled down to the one below it. */
function bandsOf(all, hidden) {
  const shownPlaces = all.map((each, index) => index + 1).filter((place) => !hidden.has(all[place - 1].name));
  return shownPlaces.slice(1).map((place, index) => ({ series: [place, shownPlaces[index]] }));
}

const dotTip = (dot, unit) => ({
  time: dot.time * 1000,
  pointer: true,
  rows: [
    { color: dot.color, name: exemplarName(dot.series), value: formatted(dot.value, unit), strong: true },
    { name: "click: its trace", value: dot.traceId.slice(0, 8) },
  ],
});

const exemplarName = ({ service_name, http_request_method, http_route, rpc_method }) =>
  [service_name, http_request_method, http_route, rpc_method].filter(Boolean).join(" ") || "a request";

function styleOf(each, stacked, show) {
  const custom = each.settings.custom;
  const style = custom.drawStyle ?? "line";
  const fill = faded(each.color, (custom.fillOpacity ?? 0) / 100);
  const paths = {
    bars: uPlot.paths.bars({ size: [0.8, 24], align: 0 }),
    points: () => null,
    line: custom.lineInterpolation?.startsWith("step") ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
  }[style];
  return {
    label: each.name,
    show,
    stroke: each.color,
    fill: style === "points" ? undefined : fill,
    width: style === "line" ? Math.max(custom.lineWidth ?? 1, 1.25) : 0,
    dash: custom.lineStyle?.fill === "dash" ? (custom.lineStyle.dash ?? [8, 6]) : undefined,
    paths,
    spanGaps: custom.spanNulls === true,
    points: { show: style === "points" || (style === "line" && custom.showPoints === "always") ? true : style === "bars" ? false : lonely, size: 4, fill: each.color, width: 0 },
    stacked,
  };
}

/** Points that have no neighbour would be invisible as lines. */
function lonely(u, seriesIndex, first, last, gaps) {
  const values = u.data[seriesIndex];
  const shownPoints = [];
  for (let index = Math.max(first, 0); index <= last; index++) {
    const alone = (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
    if (values[index] !== null && values[index] !== undefined && alone) shownPoints.push(index);
  }
  return shownPoints.length ? { show: true, filter: shownPoints } : false;
}

export function rangeOf(low, high, { min, max, softMax, unit, logarithmic }) {
  if (logarithmic) return [Math.max(low ?? 0.001, 1e-9) / 2, (high ?? 1) * 2];
  const wanted = Math.max(high ?? 0, softMax ?? -Infinity);
  const bottom = min ?? Math.min(low ?? 0, 0);
  const top = max ?? (wanted > bottom ? bottom + (wanted - bottom) * 1.08 : bottom + (unit === "percentunit" ? 0.01 : 1));
  return [bottom, top > bottom ? top : bottom + 1];
}

/** All with as many digits as the finest needs, so that no two read alike. */
export function axisLabels(splits, unit, decimals) {
  const labels = splits.map((each) => formatted(each, unit, decimals));
  return labels;
}

function addressOf(each, scope) {
  const link = each.settings.links?.[0];
  return link && { title: link.title, href: linkAddress(link, scope, { labels: each.labels }) };
}

export const statistic = (name, each) => shown(calculated(name, each.values), each.settings);
