// The address is the state of a view: what is shown can be bookmarked, sent and opened again.
import { Signal } from "./signal.js";

const read = () => ({ path: location.pathname, params: new URLSearchParams(location.search) });

export const route = new Signal(read());

/** Go to an address of the console. */
export function navigate(address, { replace = false } = {}) {
  const samePage = new URL(address, location.href).pathname === location.pathname;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  route.value = read();
  if (!samePage) scrollTo(0, 0);
}

/** The same view with some parameters changed; null removes one, a list sets it several times. */
export function changed(changes, { path = route.value.path, params = route.value.params } = {}) {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const each of [value].flat()) if (each !== null && each !== undefined && each !== "") next.append(name, each);
  }
  const query = next.toString();
  return query ? `${path}?${query}` : path;
}

export const change = (changes, options) => navigate(changed(changes), options);

/** The address of another view, at the same time. */
export function at(path, parameters = {}) {
  const kept = new URLSearchParams();
  for (const name of ["from", "to"]) {
    const value = route.value.params.get(name);
    if (value) kept.set(name, value);
  }
  return changed(parameters, { path, params: kept });
}

addEventListener("popstate", () => {
  route.value = read();
});

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented || link.target || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/static/") || link.pathname.startsWith("/api/")) return;
  event.preventDefault();
  navigate(link.href);
});
