// The time that is shown: `from` and `to` of the address, absolute in milliseconds or relative as in `now-15m`.
import { change, route } from "./location.js";
import { Signal, useSignal } from "./signal.js";

const UNITS = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 604800e3 };
const RELATIVE = /^now(?:-(\d+)([smhdw]))?$/;

// What a panel some 1,000 pixels wide can show, in steps that viewers share.
const MOST_POINTS = 240;
const STEPS_S = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];
const SCRAPE_S = 5;

export const QUICK = [
  ["now-5m", "Last 5 minutes"],
  ["now-15m", "Last 15 minutes"],
  ["now-30m", "Last 30 minutes"],
  ["now-1h", "Last hour"],
  ["now-3h", "Last 3 hours"],
  ["now-6h", "Last 6 hours"],
  ["now-12h", "Last 12 hours"],
  ["now-24h", "Last 24 hours"],
  ["now-2d", "Last 2 days"],
  ["now-7d", "Last 7 days"],
  ["now-30d", "Last 30 days"],
];

/** When "now" is: moves with every refresh, for all panels at once. */
export const clock = new Signal(Date.now());

/** How often it moves by itself, in seconds; 0 is never. */
export const refreshing = new Signal(Number(localStorage.getItem("refresh") ?? 10));

export const refresh = () => {
  clock.value = Date.now();
};

export function setRefresh(seconds) {
  localStorage.setItem("refresh", String(seconds));
  refreshing.value = seconds;
}

setInterval(() => {
  const due = refreshing.value && Date.now() - clock.value >= refreshing.value * 1000 - 50;
  if (due && !document.hidden && timeRange().live) refresh();
}, 500);

/** Milliseconds since the epoch, or NaN. */
export function moment(text, now) {
  const relative = RELATIVE.exec(text);
  if (relative) return now - (relative[1] ? Number(relative[1]) * UNITS[relative[2]] : 0);
  return /^\d{10,14}$/.test(text) ? Number(text) : Number.NaN;
}

/** The time that the address names, with the step of its queries; `opening` is what a view opens with. */
export function timeRange(opening = "now-15m", params = route.value.params, now = clock.value) {
  const named = { from: params.get("from") ?? opening, to: params.get("to") ?? "now" };
  let from = moment(named.from, now);
  let to = moment(named.to, now);
  if (!(from < to)) {
    Object.assign(named, { from: opening, to: "now" });
    from = moment(opening, now);
    to = now;
  }
  const step = stepFor(to - from);
  return { from, to, step, named, live: RELATIVE.test(named.to), text: describe(named, from, to) };
}

export function useTimeRange(opening) {
  return timeRange(opening, useSignal(route).params, useSignal(clock));
}

export function stepFor(milliseconds) {
  const wanted = milliseconds / 1000 / MOST_POINTS;
  return STEPS_S.find((step) => step >= wanted) ?? STEPS_S.at(-1);
}

/** The windows that queries name, as Grafana puts them in. */
export function windows({ from, to, step }) {
  const range = Math.round((to - from) / 1000);
  return {
    __interval: `${step}s`,
    __interval_ms: `${step * 1000}`,
    __rate_interval: `${Math.max(step + SCRAPE_S, 4 * SCRAPE_S)}s`,
    __auto: `${Math.max(step, 15)}s`,
    __range: `${range}s`,
    __range_s: `${range}`,
    __range_ms: `${range * 1000}`,
  };
}

export const zoomTo = (from, to) => change({ from: Math.round(from), to: Math.round(to) });

export function zoomOut() {
  const { from, to } = timeRange();
  const half = (to - from) / 2;
  zoomTo(from - half, Math.min(to + half, Date.now()));
}

/** Half a range back (-1) or ahead (1). */
export function shift(direction) {
  const { from, to } = timeRange();
  const by = (direction * (to - from)) / 2;
  zoomTo(from + by, to + by);
}

function describe(named, from, to) {
  const quick = QUICK.find(([value]) => value === named.from);
  if (named.to === "now" && quick) return quick[1];
  return `${dateTime(from)} – ${sameDay(from, to) ? clockTime(to) : dateTime(to)}`;
}

const two = (number) => String(number).padStart(2, "0");
const sameDay = (one, other) => new Date(one).toDateString() === new Date(other).toDateString();

export function clockTime(milliseconds, { millis = false, seconds = true } = {}) {
  const date = new Date(milliseconds);
  const text = `${two(date.getHours())}:${two(date.getMinutes())}${seconds ? `:${two(date.getSeconds())}` : ""}`;
  return millis ? `${text}.${String(date.getMilliseconds()).padStart(3, "0")}` : text;
}

export function dateTime(milliseconds, options) {
  const date = new Date(milliseconds);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${clockTime(milliseconds, options)}`;
}

/** The time of day; with the date when it is another day than now. */
export const shortTime = (milliseconds, options) =>
  sameDay(milliseconds, Date.now()) ? clockTime(milliseconds, options) : dateTime(milliseconds, options);

/** The labels of a time axis: as fine as its steps, with the date where a day begins. */
export function axisTimes(seconds) {
  const gap = seconds.length > 1 ? seconds[1] - seconds[0] : 60;
  return seconds.map((each) => {
    const date = new Date(each * 1000);
    const midnight = !date.getHours() && !date.getMinutes();
    if (gap >= 86400 || (midnight && gap >= 3600)) return `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    return clockTime(each * 1000, { seconds: gap < 60 });
  });
}

export function ago(milliseconds, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - milliseconds) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}
