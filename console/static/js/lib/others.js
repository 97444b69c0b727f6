// Grafana's, Jaeger's and Prometheus' own pages, where they run.
import { get } from "./api.js";
import { Signal } from "./signal.js";

const PORTS = { grafana: 3000, jaeger: 16686, prometheus: 9090 };

/** The base address of each that is there. */
export const pagesOf = new Signal({});

export async function findOthers() {
  const found = await get("pages").catch(() => ({}));
  const there = Object.entries(PORTS).filter(([name]) => found[name]);
  pagesOf.value = Object.fromEntries(there.map(([name, port]) => [name, `http://${location.hostname}:${port}`]));
}
