// A chart over time: uPlot with the console's colours, a crosshair that all charts share, and zoom by dragging.
import uPlot from "../../vendor/uplot.js";
import { cssColor, faded } from "./colors.js";
import { axisTimes, clockTime, zoomTo } from "./time.js";
import { html, useEffect, useLayoutEffect, useRef } from "./ui.js";
import { Signal, useSignal } from "./signal.js";

const SHARED = "console";
const NEAR = 12; // pixels

/** Changes when the theme does: charts are drawn anew then. */
export const themed = new Signal(0);

/**
 * `shape` says how it is drawn, and a change of it makes a new chart; `data` only moves the lines.
 * shape: {key, series, axis, yRange, draw(u), tip(u, index): element content, press(u, index), height}
 */
export function TimeChart({ shape, data, range, label }) {
  const holder = useRef();
  const chart = useRef();
  const latest = useRef();
  const theme = useSignal(themed);
  latest.current = { shape, range };

  useLayoutEffect(() => {
    const made = build(holder.current, latest, data);
    chart.current = made;
    const sizes = new ResizeObserver(() => {
      const { width, height } = holder.current.getBoundingClientRect();
      if (width > 0 && height > 0) made.setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    sizes.observe(holder.current);
    return () => {
      sizes.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [shape.key, theme]);

  useEffect(() => {
    chart.current?.setData(data, true);
  }, [data]);

  useEffect(() => {
    const made = chart.current;
    if (!made) return;
    made.batch(() => {
      shape.series.forEach((series, index) => {
        if (made.series[index + 1].show !== series.show) made.setSeries(index + 1, { show: series.show });
      });
    });
  }, [shape]);

  return html`<div class="chart" ref=${holder} role="img" aria-label=${label}></div>`;
}

function build(holder, latest, data) {
  const { shape } = latest.current;
  const { width, height } = holder.getBoundingClientRect();
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  const grid = { stroke: cssColor("grid"), width: 1 };
  const ticks = { ...grid, size: 4 };
  const axis = { stroke: cssColor("dim"), font: "11px system-ui, sans-serif", grid, ticks };
  let pressed;
  const options = {
    width: Math.max(Math.floor(width), 60),
    height: Math.max(Math.floor(height), 60),
    padding: [8, 8, 0, 0],
    legend: { show: false },
    focus: { alpha: shape.focus === false ? 1 : 0.35 },
    cursor: {
      sync: { key: SHARED, scales: ["x", null], setSeries: false },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      points: { size: 6 },
      focus: { prox: -1 },
      y: false,
    },
    scales: {
      x: { time: true, range: () => [latest.current.range.from / 1000, latest.current.range.to / 1000] },
      y: { range: (u, low, high) => latest.current.shape.yRange(low, high), distr: shape.logarithmic ? 3 : 1 },
    },
    axes: [
      { ...axis, size: 26, space: 70, gap: 4, values: (_, splits) => axisTimes(splits) },
      {
        ...axis,
        gap: 4,
        space: 30,
        size: (u, values) => (values ? Math.min(160, Math.max(...values.map((each) => textWidth(u, each ?? ""))) + 14) : 50),
        ...shape.axis,
      },
    ],
    bands: shape.bands ?? [],
    series: [{}, ...shape.series.map(({ show = true, ...rest }) => ({ show, ...rest }))],
    hooks: {
      drawClear: [(u) => latest.current.shape.drawBelow?.(u)],
      draw: [(u) => latest.current.shape.draw?.(u)],
      setCursor: [(u) => showTip(u, tip, latest.current.shape)],
      setSelect: [
        (u) => {
          if (u.select.width < 5) return;
          const [from, to] = [u.select.left, u.select.left + u.select.width].map((x) => u.posToVal(x, "x") * 1000);
          u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          zoomTo(from, to);
        },
      ],
    },
  };
  const made = new uPlot(options, data, holder);
  made.over.append(tip);
  made.over.addEventListener("mouseenter", () => {
    made.hovered = true;
  });
  made.over.addEventListener("mouseleave", () => {
    made.hovered = false;
    tip.hidden = true;
  });
  made.over.addEventListener("mousedown", (event) => {
    pressed = [event.clientX, event.clientY];
  });
  made.over.addEventListener("click", (event) => {
    const moved = pressed && Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 3;
    if (!moved) latest.current.shape.press?.(made, made.cursor);
  });
  return made;
}

function showTip(u, tip, shape) {
  const { left, top, idx } = u.cursor;
  const found = u.hovered && left >= 0 && idx !== null ? shape.tip?.(u, u.cursor) : undefined;
  tip.hidden = !found;
  u.over.style.cursor = found?.pointer ? "pointer" : "";
  if (!found) return;
  tip.replaceChildren(heading(found.time ?? u.data[0][idx] * 1000), ...found.rows.map(tipRow));
  const { offsetWidth, offsetHeight } = tip;
  const { clientWidth, clientHeight } = u.over;
  const x = left + offsetWidth + 24 > clientWidth ? left - offsetWidth - 12 : left + 14;
  const y = Math.min(Math.max(top - offsetHeight / 2, 0), Math.max(clientHeight - offsetHeight, 0));
  tip.style.transform = `translate(${Math.round(Math.max(x, -60))}px, ${Math.round(y)}px)`;
}

function heading(time) {
  const element = document.createElement("div");
  element.className = "tip-time";
  element.textContent = clockTime(time);
  return element;
}

/** {color, name, value, strong}; text is text. */
function tipRow({ color, name, value, strong }) {
  const row = document.createElement("div");
  row.className = strong ? "tip-row strong" : "tip-row";
  const swatch = document.createElement("i");
  if (color) swatch.style.background = color;
  const label = document.createElement("span");
  label.textContent = name;
  const number = document.createElement("b");
  number.textContent = value;
  row.append(swatch, label, number);
  return row;
}

const measured = new Map();

function textWidth(u, text) {
  if (!measured.has(text)) {
    if (measured.size > 2000) measured.clear();
    u.ctx.save();
    u.ctx.font = "11px system-ui, sans-serif";
    measured.set(text, u.ctx.measureText(text).width);
    u.ctx.restore();
  }
  return measured.get(text);
}

/** Dashed lines across the chart: {value, color}. */
export function drawLimits(u, limits) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.setLineDash([6 * devicePixelRatio, 5 * devicePixelRatio]);
  ctx.lineWidth = devicePixelRatio;
  for (const { value, color } of limits) {
    const y = u.valToPos(value, "y", true);
    if (y < bbox.top - 1 || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = color;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** What happened, as lines from top to bottom: {time (ms), color}. */
export function drawMarks(u, marks) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { time, color } of marks) {
    const x = u.valToPos(time / 1000, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = color;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillStyle = color;
    const size = 4 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x - size, bbox.top);
    ctx.lineTo(x + size, bbox.top);
    ctx.lineTo(x, bbox.top + size * 1.4);
    ctx.fill();
  }
  ctx.restore();
}

/** Requests that were measured, as diamonds: {time (s), y (value on the axis), color}. */
export function drawDots(u, dots) {
  const { ctx, bbox } = u;
  const size = 3.2 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top - size, bbox.width, bbox.height + 2 * size);
  ctx.clip();
  for (const { time, y: value, color } of dots) {
    const x = u.valToPos(time, "x", true);
    const y = Math.max(bbox.top, u.valToPos(value, "y", true)); // what is off the scale is at its top
    ctx.fillStyle = faded(color, 0.9);
    ctx.strokeStyle = cssColor("panel");
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, y - size);
    ctx.lineTo(x + size, y);
    ctx.lineTo(x, y + size);
    ctx.lineTo(x - size, y);
    ctx.closePath();
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}

const DOTS_ACROSS = 60;

/** As many that the lines stay visible: the slowest of each moment. */
export function thinned(exemplars) {
  const times = exemplars.map((each) => each.time);
  const width = Math.max((Math.max(...times) - Math.min(...times)) / DOTS_ACROSS, 5);
  const slowest = new Map();
  for (const each of exemplars) {
    const moment = Math.floor(each.time / width);
    if (!(slowest.get(moment)?.value >= each.value)) slowest.set(moment, each);
  }
  return [...slowest.values()];
}

/** The dot under the pointer. */
export function nearestDot(u, dots, { left, top }) {
  let nearest;
  let best = NEAR;
  for (const dot of dots) {
    const away = Math.hypot(u.valToPos(dot.time, "x") - left, Math.max(0, u.valToPos(dot.y, "y")) - top);
    if (away < best) [nearest, best] = [dot, away];
  }
  return nearest;
}

export function nearestMark(u, marks, { left }) {
  return marks.find((mark) => Math.abs(u.valToPos(mark.time / 1000, "x") - left) < 5);
}

export { uPlot };
