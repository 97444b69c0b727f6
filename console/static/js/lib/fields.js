// How a value of a panel is written and coloured: its field's defaults, overrides, mappings and thresholds.
import { namedColor } from "./colors.js";
import { formatted } from "./format.js";

const MATCHERS = {
  byName: (options, field) => options === field.name,
  byRegexp: (options, field) => regexp(options).test(field.name ?? ""),
  byFrameRefID: (options, field) => options === field.refId,
  byNames: (options, field) => options.names.includes(field.name),
  byType: (options, field) => options === field.type,
};

const PROPERTIES = new Set([
  "unit",
  "decimals",
  "min",
  "max",
  "color",
  "thresholds",
  "mappings",
  "links",
  "noValue",
  "displayName",
  "custom.cellOptions",
  "custom.width",
  "custom.minWidth",
  "custom.align",
  "custom.hidden",
  "custom.hideFrom",
  "custom.drawStyle",
  "custom.fillOpacity",
  "custom.lineStyle",
  "custom.lineWidth",
  "custom.axisPlacement",
  "custom.axisSoftMax",
  "custom.axisSoftMin",
  "custom.showPoints",
  "custom.stacking",
  "custom.filterable",
  "custom.inspect",
]);

export const SUPPORTED = { matchers: Object.keys(MATCHERS), properties: [...PROPERTIES] };

/** The settings of one field of a panel: {name, refId, type}. */
export function settingsOf(panel, field) {
  const { defaults, overrides } = panel.fieldConfig;
  const settings = { ...defaults, custom: { ...defaults.custom } };
  for (const { matcher, properties } of overrides) {
    const matches = MATCHERS[matcher.id];
    if (!matches) throw new Error(`The console does not know the matcher ${matcher.id}.`);
    if (!matches(matcher.options, field)) continue;
    for (const { id, value } of properties) {
      if (!PROPERTIES.has(id)) throw new Error(`The console does not know the property ${id}.`);
      if (id.startsWith("custom.")) settings.custom[id.slice(7)] = value;
      else settings[id] = value;
    }
  }
  return settings;
}

/** The text of a value, and its colour where it has one. */
export function shown(value, settings) {
  const mapped = mapping(value, settings.mappings);
  if (mapped) {
    const color = mapped.color ? namedColor(mapped.color) : undefined;
    return { text: mapped.text ?? formatted(value, settings.unit, settings.decimals), color, mapped: true };
  }
  const missing = value === null || value === undefined || Number.isNaN(value);
  if (missing) return { text: settings.noValue ?? "–", color: namedColor("gray") };
  if (typeof value === "string") return { text: value, color: undefined };
  return { text: formatted(value, settings.unit, settings.decimals), color: thresholdColor(value, settings) };
}

export function thresholdColor(value, settings) {
  const steps = settings.thresholds?.steps ?? [];
  if (!steps.length || value === null || value === undefined || Number.isNaN(value)) return undefined;
  const relative = settings.thresholds.mode === "percentage";
  const compared = relative ? ((value - (settings.min ?? 0)) / ((settings.max ?? 100) - (settings.min ?? 0))) * 100 : value;
  const reached = steps.filter((step) => step.value === null || step.value === undefined || compared >= step.value);
  return namedColor((reached.at(-1) ?? steps[0]).color);
}

/** The limits that can be drawn: those with a value. */
export const limitsOf = (settings) =>
  (settings.thresholds?.steps ?? [])
    .filter((step) => typeof step.value === "number")
    .map((step) => ({ value: step.value, color: namedColor(step.color) }));

export function fixedColor(settings) {
  const { mode, fixedColor: fixed } = settings.color ?? {};
  return ["fixed", "shades"].includes(mode) && fixed ? namedColor(fixed) : undefined;
}

function mapping(value, mappings = []) {
  for (const { type, options } of mappings) {
    if (type === "value" && options[String(value)]) return options[String(value)];
    if (type === "range" && inRange(value, options)) return options.result;
    if (type === "regex" && typeof value === "string" && regexp(options.pattern).test(value)) return options.result;
    if (type === "special" && special(value, options.match)) return options.result;
  }
  return undefined;
}

const inRange = (value, { from, to }) =>
  typeof value === "number" && value >= (from ?? -Infinity) && value <= (to ?? Infinity);

function special(value, match) {
  const missing = value === null || value === undefined;
  const wrong = typeof value === "number" && Number.isNaN(value);
  return { null: missing, nan: wrong, "null+nan": missing || wrong, empty: value === "", true: value === true, false: value === false }[match];
}

function regexp(text) {
  const found = /^\/(.*)\/([a-z]*)$/.exec(text);
  return found ? new RegExp(found[1], found[2]) : new RegExp(`^(?:${text})$`);
}

const CALCULATIONS = {
  lastNotNull: (values) => values.findLast((value) => value !== null && value !== undefined),
  last: (values) => values.at(-1),
  firstNotNull: (values) => values.find((value) => value !== null && value !== undefined),
  max: (values) => reduced(values, Math.max),
  min: (values) => reduced(values, Math.min),
  sum: (values) => reduced(values, (a, b) => a + b),
  mean: (values) => {
    const numbers = values.filter(Number.isFinite);
    return numbers.length ? numbers.reduce((a, b) => a + b, 0) / numbers.length : undefined;
  },
  count: (values) => values.length,
  range: (values) => reduced(values, Math.max) - reduced(values, Math.min),
};

export const CALCULATION_NAMES = Object.keys(CALCULATIONS);

export function calculated(name, values) {
  if (!CALCULATIONS[name]) throw new Error(`The console does not know the calculation ${name}.`);
  return CALCULATIONS[name](values);
}

function reduced(values, combine) {
  const numbers = values.filter(Number.isFinite);
  return numbers.length ? numbers.reduce((a, b) => combine(a, b)) : undefined;
}
