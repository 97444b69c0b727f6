// In which state each series was, over time.
import { drawMarks, nearestMark, TimeChart } from "../lib/chart.js";
import { cssColor, paletteColor } from "../lib/colors.js";
import { fixedColor, settingsOf, shown } from "../lib/fields.js";
import { html, useMemo } from "../lib/ui.js";

export default function StateTimeline({ panel, answers, scope, marks }) {
  const rows = useMemo(() => rowsOf(panel, answers), [panel, answers]);
  const times = rows[0]?.times ?? [0];
  const fill = panel.options.rowHeight ?? 0.8;
  const step = times.length > 1 ? times[1] - times[0] : scope.range.step;
  const shape = {
    key: JSON.stringify([panel.id, rows.map((row) => row.name)]),
    focus: false,
    series: [{ show: true, paths: () => null, points: { show: false } }],
    axis: {
      splits: () => rows.map((_, index) => rows.length - index - 0.5),
      values: (_, splits) => splits.map((split) => rows[Math.round(rows.length - split - 0.5)]?.name),
      grid: { show: false },
      ticks: { show: false },
    },
    yRange: () => [0, Math.max(rows.length, 1)],
    draw(u) {
      rows.forEach((row, index) => drawRow(u, row, rows.length - index - 1, fill, step));
      drawMarks(u, marks);
    },
    tip(u, cursor) {
      const row = rows[rows.length - 1 - Math.floor(u.posToVal(cursor.top, "y"))];
      if (!row) return undefined;
      const mark = nearestMark(u, marks, cursor);
      const { text, color } = row.states[cursor.idx] ?? { text: "no value" };
      const found = [{ color, name: row.name, value: text }];
      return { rows: mark ? [{ color: mark.color, name: mark.text, value: "", strong: true }, ...found] : found };
    },
  };
  return html`<${TimeChart} shape=${shape} data=${[times, times.map(() => 0)]} range=${scope.range} label=${`${panel.title}: states over time`} />`;
}

function rowsOf(panel, answers) {
  return answers
    .flatMap((answer) => (answer.series ?? []).map((each) => ({ ...each, refId: answer.refId })))
    .map((each) => {
      const settings = settingsOf(panel, { name: each.name, refId: each.refId, type: "number" });
      const states = each.values.map((value) => (value === null ? undefined : stateOf(value, settings)));
      return { name: settings.displayName ?? each.name, times: each.times, states };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}

function stateOf(value, settings) {
  const { text, color } = shown(value, settings);
  return { text, color: color ?? fixedColor(settings) ?? paletteColor(Math.abs(Math.round(value))) };
}

/** Neighbours in the same state are one box, with its name when there is room. */
function drawRow(u, { times, states }, place, fill, step) {
  const { ctx, bbox } = u;
  const top = u.valToPos(place + 1 - (1 - fill) / 2, "y", true);
  const height = u.valToPos(place + (1 - fill) / 2, "y", true) - top;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (let start = 0; start < states.length; start++) {
    const state = states[start];
    if (!state) continue;
    let end = start;
    while (states[end + 1]?.text === state.text) end++;
    const left = u.valToPos(times[start], "x", true);
    const right = u.valToPos(times[end] + step, "x", true);
    ctx.globalAlpha = 0.8;
    ctx.fillStyle = state.color;
    ctx.fillRect(left, top, Math.max(right - left - 1, 1), height);
    ctx.globalAlpha = 1;
    if (ctx.measureText(state.text).width + 12 * devicePixelRatio < right - left) {
      ctx.fillStyle = cssColor("on-state");
      ctx.fillText(state.text, left + 6 * devicePixelRatio, top + height / 2);
    }
    start = end;
  }
  ctx.restore();
}
