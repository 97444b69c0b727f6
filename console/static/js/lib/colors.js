// Colours by meaning: of states as dashboards name them, of services and of other series. The values are in console.css.

const PALETTE_SIZE = 10;
const SERVICES = ["gateway", "users", "products", "orders", "payments", "inventory", "notifications"];
const NAMED = /^(?:(super-light|light|semi-dark|dark)-)?(green|yellow|red|orange|blue|purple)$/;
const STEPS = { "super-light": 0.45, light: 0.25, "semi-dark": -0.12, dark: -0.28 };

let styles = getComputedStyle(document.documentElement);
const known = new Map();

/** The theme has changed. */
export function forgetColors() {
  styles = getComputedStyle(document.documentElement);
  known.clear();
}

/** The value of a CSS variable, for canvases. */
export function cssColor(name) {
  if (!known.has(name)) known.set(name, styles.getPropertyValue(`--${name}`).trim() || "#888888");
  return known.get(name);
}

/** The colour that a dashboard names: `green`, `semi-dark-red`, `text`, `#6ea8fe`. */
export function namedColor(name) {
  const found = NAMED.exec(name);
  if (found) return shaded(cssColor(`state-${found[2]}`), STEPS[found[1]] ?? 0);
  if (name === "text" || name === "transparent") return cssColor("text");
  if (name === "gray" || name === "grey") return cssColor("dim");
  return name;
}

export const paletteColor = (index) => cssColor(`series-${index % PALETTE_SIZE}`);

/** The same service has the same colour in every view. */
export function serviceColor(service) {
  const index = SERVICES.indexOf(service);
  return paletteColor(index >= 0 ? index : SERVICES.length + (hashed(service) % (PALETTE_SIZE - SERVICES.length)));
}

export const isService = (name) => SERVICES.includes(name);

export function faded(color, opacity) {
  const [red, green, blue] = channels(color);
  return `rgba(${red},${green},${blue},${opacity})`;
}

/** Between two colours; `share` of the second. */
export function mixed(one, other, share) {
  const [a, b] = [channels(one), channels(other)];
  return `rgb(${a.map((value, index) => Math.round(value + (b[index] - value) * share)).join(",")})`;
}

function shaded(color, by) {
  return by ? mixed(color, by > 0 ? "#ffffff" : "#000000", Math.abs(by)) : color;
}

function channels(color) {
  const rgb = /^rgba?\(([\d.]+)[, ]+([\d.]+)[, ]+([\d.]+)/.exec(color);
  if (rgb) return rgb.slice(1, 4).map(Number);
  const hex = color.replace("#", "");
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  return [0, 2, 4].map((start) => Number.parseInt(full.slice(start, start + 2), 16));
}

function hashed(text) {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return hash;
}
