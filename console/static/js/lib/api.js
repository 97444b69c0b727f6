// What is asked of the console's own server, and of the backends through it.
import { useEffect, useRef, useState } from "./ui.js";

export class ApiError extends Error {}

/** The JSON at `/api/<path>`. */
export async function get(path, params = {}, signal = undefined) {
  const response = await answer(path, params, signal);
  return response.json();
}

export async function text(path, signal = undefined) {
  const response = await answer(path, {}, signal);
  return response.text();
}

/** Have something done; the token is that of `control`. */
export async function post(path, body, token) {
  const headers = { "Content-Type": "application/json", "X-Console-Token": token };
  await fetched(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function answer(path, params, signal) {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== undefined && value !== ""));
  return fetched(`${path}${query.size ? `?${query}` : ""}`, { signal });
}

async function fetched(address, options) {
  const response = await fetch(`/api/${address}`, options).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new ApiError("The console does not answer. Is the stack up? ./stack status");
  });
  if (!response.ok) throw new ApiError(await reason(response));
  return response;
}

async function reason(response) {
  const body = await response.text();
  try {
    const { error } = JSON.parse(body);
    return nested(error);
  } catch {
    return `The console answered with ${response.status}.`;
  }
}

/** Prometheus' and Jaeger's errors are JSON themselves. */
function nested(error) {
  try {
    const inner = JSON.parse(error);
    return inner.error ?? inner.errors?.[0]?.msg ?? error;
  } catch {
    return error;
  }
}

/**
 * What `load(signal)` returns, loaded anew whenever one of `inputs` changes. What was there before stays until
 * then, and after a failure: a view that is refreshed does not flicker.
 */
export function useData(load, inputs) {
  const [state, setState] = useState({ data: undefined, error: undefined, loading: true });
  const latest = useRef();
  useEffect(() => {
    const controller = new AbortController();
    latest.current = controller;
    setState((before) => ({ ...before, loading: true }));
    load(controller.signal).then(
      (data) => latest.current === controller && setState({ data, error: undefined, loading: false }),
      (error) => {
        if (error.name === "AbortError" || latest.current !== controller) return;
        setState((before) => ({ data: before.data, error, loading: false }));
        if (!(error instanceof ApiError)) console.error(error);
      },
    );
    return () => controller.abort();
  }, inputs);
  return state;
}

const kept = new Map();

/** What does not change while the page is open: asked for once. */
export function once(path) {
  if (!kept.has(path)) {
    const asked = get(path);
    asked.catch(() => kept.delete(path));
    kept.set(path, asked);
  }
  return kept.get(path);
}
