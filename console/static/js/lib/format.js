// Numbers as people read them: by the units that dashboards name.

const SI = [
  [1e12, " T"],
  [1e9, " G"],
  [1e6, " M"],
  [1e3, " k"],
];
const SHORT = [
  [1e12, " Tri"],
  [1e9, " Bil"],
  [1e6, " Mil"],
  [1e3, " K"],
];
const BINARY = [
  [2 ** 40, " TiB"],
  [2 ** 30, " GiB"],
  [2 ** 20, " MiB"],
  [2 ** 10, " KiB"],
  [0, " B"],
];
const DECIMAL = [
  [1e12, " TB"],
  [1e9, " GB"],
  [1e6, " MB"],
  [1e3, " kB"],
  [0, " B"],
];
const SECONDS = [
  [86400 * 2, " days", 86400],
  [3600, " h"],
  [60, " min"],
  [1, " s"],
  [1e-3, " ms"],
  [1e-6, " µs"],
  [0, " ns", 1e-9],
];

const per = (name) => (value, decimals) => `${scaled(value, SI, decimals)} ${name}`;
const currency = (sign) => (value, decimals) => {
  const amount = Math.abs(value) >= 1e6 ? scaled(Math.abs(value), SI, decimals) : grouped(Math.abs(value), decimals ?? 2);
  return `${value < 0 ? "-" : ""}${sign}${amount}`;
};

const UNITS = {
  none: (value, decimals) => plain(value, decimals),
  string: (value) => String(value),
  short: (value, decimals) => scaled(value, SHORT, decimals),
  percentunit: (value, decimals) => `${plain(value * 100, decimals)}%`,
  percent: (value, decimals) => `${plain(value, decimals)}%`,
  s: (value, decimals) => (value === 0 ? "0 s" : scaled(value, SECONDS, decimals)),
  ms: (value, decimals) => UNITS.s(value / 1e3, decimals),
  "µs": (value, decimals) => UNITS.s(value / 1e6, decimals),
  ns: (value, decimals) => UNITS.s(value / 1e9, decimals),
  bytes: (value, decimals) => scaled(value, BINARY, decimals),
  decbytes: (value, decimals) => scaled(value, DECIMAL, decimals),
  Bps: (value, decimals) => `${scaled(value, DECIMAL, decimals)}/s`,
  binBps: (value, decimals) => `${scaled(value, BINARY, decimals)}/s`,
  reqps: per("req/s"),
  rps: per("reads/s"),
  ops: per("ops/s"),
  cps: per("/s"),
  mps: per("msg/s"),
  currencyUSD: currency("$"),
  currencyEUR: currency("€"),
  dateTimeAsIso: (value) => new Date(value).toISOString().slice(0, 19).replace("T", " "),
};

/** The names of the units that can be written; dashboards may use these. */
export const UNIT_NAMES = Object.keys(UNITS);

export function formatted(value, unit = "none", decimals = undefined) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "-∞";
  const write = UNITS[unit];
  return write ? write(value, decimals) : `${plain(value, decimals)} ${unit.replace(/^(suffix|si):/, "")}`;
}

export const seconds = (value) => formatted(value, "s");
export const count = (value) => (value === null || value === undefined ? "–" : grouped(value, 0));

function scaled(value, scale, decimals) {
  const size = Math.abs(value);
  const found = scale.find(([from]) => size >= from && (from || scale === BINARY || scale === DECIMAL || scale === SECONDS));
  if (!found) return plain(value, decimals);
  const [from, suffix, by = from || 1] = found;
  return `${plain(value / by, decimals)}${suffix}`;
}

/** Three digits that count, as many as a reader compares. */
function plain(value, decimals) {
  if (decimals !== undefined && decimals !== null) return grouped(value, decimals);
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1000) return grouped(value, 0);
  if (size < 1e-3) return value.toExponential(1);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return String(Number(size < 0.1 ? value.toPrecision(2) : value.toFixed(digits)));
}

function grouped(value, decimals) {
  const [whole, rest] = Math.abs(value).toFixed(Math.min(decimals, 10)).split(".");
  const sign = value < 0 && Number(value.toFixed(Math.min(decimals, 10))) !== 0 ? "-" : "";
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${rest ? `.${rest}` : ""}`;
}
