// A dashboard's variables: what they offer, what is chosen, and how they are put into queries and links.
import { get } from "./api.js";
import { windows } from "./time.js";

const ALL = "$__all";
const NAMES = /\$\{(\w+)(?::(\w+))?\}|\$(\w+)|\[\[(\w+)\]\]/g;
const LABEL_VALUES = /^label_values\((?:([\s\S]+),\s*)?(\w+)\)$/;

/** What the address says, else what the dashboard opens with: a list of values for each variable. */
export function chosenValues(dashboard, params) {
  const chosen = {};
  for (const variable of dashboard.templating.list) {
    const named = params.getAll(`var-${variable.name}`).filter(Boolean);
    const opening = [variable.current?.value ?? []].flat();
    const values = named.length ? named : opening;
    chosen[variable.name] = variable.multi || variable.includeAll ? values : values.slice(0, 1);
  }
  return chosen;
}

/** What a query may name: the variables' values and the windows of the time shown. */
export function scopeOf(range, variables = [], chosen = {}) {
  return { range, values: windows(range), variables: new Map(variables.map((each) => [each.name, each])), chosen };
}

/** The values that each variable offers; one may depend on those before it. */
export async function offeredValues(dashboard, scope, signal) {
  const lists = dashboard.templating.list.map((variable) => offered(variable, scope, signal));
  const found = await Promise.all(lists);
  return Object.fromEntries(dashboard.templating.list.map((variable, index) => [variable.name, found[index]]));
}

async function offered(variable, scope, signal) {
  if (variable.type === "custom") return variable.options.map((option) => option.value).filter((value) => value !== ALL);
  const parsed = LABEL_VALUES.exec(interpolated(variable.query.query, scope).trim());
  if (!parsed) throw new Error(`The console cannot read the variable ${variable.name}.`);
  const { from, to } = scope.range;
  const params = { label: parsed[2], "match[]": parsed[1], start: from / 1000, end: to / 1000 };
  const { data } = await get("prometheus/label_values", params, signal);
  return data.sort();
}

export const isAll = (values) => values.includes(ALL);
export { ALL };

/** A query with its variables put in: several values become a regular expression, as in Grafana. */
export function interpolated(text, scope) {
  return text.replace(NAMES, (whole, braced, format, plain, bracketed) => {
    const name = braced ?? plain ?? bracketed;
    if (name in scope.values) return scope.values[name];
    const variable = scope.variables.get(name);
    return variable ? inserted(variable, scope.chosen[name], format) : whole;
  });
}

function inserted(variable, values, format) {
  if (isAll(values)) return variable.allValue ?? ".+";
  if (format === "raw") return values.join(",");
  const many = variable.multi || variable.includeAll;
  if (!many && format !== "regex") return escaped(values[0] ?? "");
  const expressions = values.map((value) => escaped(value.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")));
  return expressions.length === 1 ? expressions[0] : `(${expressions.join("|")})`;
}

/** For a string of PromQL or LogQL in double quotes. */
const escaped = (value) => value.replace(/\\/g, "\\\\").replace(/"/g, '\\"');

/** A dashboard's link with what was clicked on put in. */
export function linkAddress(link, scope, { labels = {}, value = {}, row = {} } = {}) {
  const filled = link.url.replace(/\$\{__([^}]+)\}/g, (whole, name) => {
    if (name === "url_time_range") return timeParameters(scope.range);
    if (name === "all_variables") return variableParameters(scope);
    const [, kind, label] = /^(field\.labels|data\.fields|value)\.?(.*)$/.exec(name) ?? [];
    if (kind === "field.labels") return encodeURIComponent(labels[label] ?? "");
    if (kind === "data.fields") return encodeURIComponent(row[label.replace(/^\["?|"?\]$/g, "")] ?? "");
    if (kind === "value") return encodeURIComponent(value[label] ?? "");
    return whole;
  });
  // A scheme is nothing that a link of a dashboard needs; `javascript:` would be one.
  return /^\/(?!\/)/.test(filled) ? filled : undefined;
}

const timeParameters = ({ named }) => `from=${encodeURIComponent(named.from)}&to=${encodeURIComponent(named.to)}`;

function variableParameters({ chosen }) {
  const pairs = Object.entries(chosen).flatMap(([name, values]) => values.map((value) => [`var-${name}`, value]));
  return new URLSearchParams(pairs).toString();
}
