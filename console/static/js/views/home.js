// One glance: is the shop well, what fires, what runs, and what to try next.
import { get, once, useData } from "../lib/api.js";
import { formatted } from "../lib/format.js";
import { linesOf } from "../lib/logs.js";
import { at } from "../lib/location.js";
import { instant } from "../lib/queries.js";
import { ago, useTimeRange } from "../lib/time.js";
import { classes, html, useMemo } from "../lib/ui.js";
import { scopeOf } from "../lib/variables.js";
import { Checks } from "../components/checks.js";
import { Panel } from "../components/panel.js";

const NUMBERS = ["requests", "failed", "latency", "orders", "confirmed"];
const DAY_MS = 86400e3;

export default function Home() {
  const range = useTimeRange("now-15m");
  const scope = useMemo(() => scopeOf(range), [range.from, range.to]);
  const panels = useData(() => once("home"), []).data;
  const alerts = useData((signal) => get("alertmanager/alerts", {}, signal).then(firing), [range.to]);
  const parts = useData((signal) => running(range, signal), [range.to]);
  const panel = (name) => panels && html`<${Panel} panel=${panels[name]} scope=${scope} key=${name} />`;
  return html`<div class="view">
    <${Verdict} alerts=${alerts} parts=${parts} />
    <div class="home">
      <div class="numbers">${NUMBERS.map(panel)}</div>
      <div class="main">${panel("map")}</div>
      <div class="side">
        <${Firing} alerts=${alerts} />
        <div>${panel("budgets")}</div>
      </div>
      <${Running} parts=${parts} />
      <div class="half">
        <${LastRun} range=${range} />
        <${Tries} />
      </div>
    </div>
  </div>`;
}

const SEVERITIES = ["page", "critical", "ticket", "warning", "info"];
const rank = (alert) => (SEVERITIES.indexOf(alert.labels.severity) + SEVERITIES.length + 1) % (SEVERITIES.length + 1);

/** Without the one that always fires, the most urgent first. */
export function firing(alerts) {
  const active = alerts.filter((alert) => alert.labels.alertname !== "Watchdog" && alert.status.state === "active");
  return active.sort((a, b) => rank(a) - rank(b) || a.startsAt.localeCompare(b.startsAt));
}

function Verdict({ alerts, parts }) {
  if (alerts.error && !alerts.data) return html`<${Said} kind="bad" text="The state of the shop is unknown" more=${alerts.error.message} />`;
  if (!alerts.data || !parts.data) return html`<${Said} kind="" text="Loading…" />`;
  const down = parts.data.filter((part) => !part.up);
  const paged = alerts.data.filter((alert) => ["page", "critical"].includes(alert.labels.severity));
  const more = [
    alerts.data.length && `${alerts.data.length} ${alerts.data.length === 1 ? "alert fires" : "alerts fire"}: ${[...new Set(alerts.data.map((alert) => alert.labels.alertname))].join(", ")}`,
    down.length && `not answering: ${down.map((part) => part.name).join(", ")}`,
  ];
  const text = more.filter(Boolean).join(" · ");
  if (paged.length || down.length) return html`<${Said} kind="bad" text="The shop needs attention" more=${text} />`;
  if (alerts.data.length) return html`<${Said} kind="warn" text="The shop works, with alerts to look at" more=${text} />`;
  return html`<${Said} kind="good" text="The shop is healthy" more=${`${parts.data.length} processes answer, no alert fires`} />`;
}

function Said({ kind, text, more }) {
  return html`<div class=${classes("verdict", kind)} role="status"><i aria-hidden="true"></i>
    <h1>${text}</h1>
    <span class="dim">${more}</span>
  </div>`;
}

function Firing({ alerts }) {
  return html`<section class="box">
    <h2>Alerts firing</h2>
    ${alerts.data?.length
      ? html`<ul class="alert-list">
          ${alerts.data.map(
            (alert) => html`<li key=${alert.fingerprint}>
              <span class=${classes("dot", rank(alert) < 2 ? "bad" : "warn")} aria-hidden="true"></span>
              <span>
                <a href=${at(`/alerts/${alert.labels.alertname}`)}>${alert.labels.alertname}</a>
                ${alert.labels.service_name && html` <span>${alert.labels.service_name}</span>`}
                <span class="dim"> ${ago(Date.parse(alert.startsAt))} · ${alert.labels.severity}</span><br />
                <span class="dim">${alert.annotations.summary}</span>
              </span>
            </li>`,
          )}
        </ul>`
      : html`<p class="dim">${alerts.error?.message ?? (alerts.data ? "None." : "…")}</p>`}
  </section>`;
}

const UP = "max by (service_name, instance) (up)";
const MEMORY = "max by (service_name, instance) (process_resident_memory_bytes or otelcol_process_memory_rss_bytes or otelcol_process_memory_rss)";
const SINCE = "max by (service_name, instance) (time() - process_start_time_seconds or otelcol_process_uptime_seconds_total or otelcol_process_uptime_total)";
const CPU = "sum by (service_name, instance) (rate(process_cpu_seconds_total[1m]) or rate(otelcol_process_cpu_seconds_total[1m]))";

/** Every process that is scraped: whether it answers, since when, with how much memory. */
async function running(range, signal) {
  const [up, memory, since, cpu] = await Promise.all([UP, MEMORY, SINCE, CPU].map((query) => instant(query, range, signal)));
  const key = ({ labels }) => `${labels.service_name} ${labels.instance}`;
  const by = (list) => new Map(list.map((each) => [key(each), each.values[0]]));
  const [bytes, seconds, share] = [memory, since, cpu].map(by);
  return up
    .map((each) => ({
      name: each.labels.service_name ?? each.labels.job,
      instance: each.labels.instance,
      up: each.values[0] === 1,
      bytes: bytes.get(key(each)),
      seconds: seconds.get(key(each)),
      cpu: share.get(key(each)),
    }))
    .sort((a, b) => a.name.localeCompare(b.name) || a.instance.localeCompare(b.instance));
}

function Running({ parts }) {
  const total = parts.data?.reduce((sum, part) => sum + (part.bytes ?? 0), 0);
  return html`<section class="box half">
    <h2>What runs ${parts.data && html`<span class="dim">${parts.data.length} processes, ${formatted(total, "decbytes")}</span>`}</h2>
    <table class="data">
      <thead>
        <tr><th>Component</th><th>Address</th><th class="number">Memory</th><th class="number">CPU</th><th class="number">Up for</th></tr>
      </thead>
      <tbody>
        ${parts.data?.map(
          (part) => html`<tr>
            <td><span class=${classes("dot", part.up ? "good" : "bad")} role="img" aria-label=${part.up ? "answers" : "does not answer"}></span> <a href=${at("/d/service", { "var-service": part.name })}>${part.name}</a></td>
            <td class="dim">${part.instance}</td>
            <td class="number">${formatted(part.bytes, "decbytes")}</td>
            <td class="number">${formatted(part.cpu, "percentunit", 1)}</td>
            <td class="number">${part.up ? formatted(part.seconds, "s") : html`<span class="bad">down</span>`}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${parts.error && html`<p class="bad">${parts.error.message}</p>`}
  </section>`;
}

const RUNS = '{service_name="stackctl"} | event_name=~"traffic[.].+|verify[.].+"';

/** The last traffic run and what its verification found, as ./stack has logged them. */
async function lastRun(now, signal) {
  const to = Math.ceil(now / 5000) * 5000;
  const params = { query: RUNS, start: `${to - DAY_MS}000000`, end: `${to}000000`, limit: 300, direction: "backward" };
  const { data } = await get("loki/query_range", params, signal);
  const lines = linesOf(data.result).map((line) => ({ ...line.fields, time: line.time }));
  const traffic = lines.find((line) => line.event_name === "traffic.end") ?? lines.find((line) => line.event_name === "traffic.start");
  const verified = lines.find((line) => line.event_name === "verify.end");
  const checks = lines.filter((line) => line.event_name === "verify.check" && line.run_id === verified?.run_id);
  // Of a run that was verified twice, the last verification.
  const last = checks.slice(0, checks.findIndex((check, index) => checks.slice(0, index).some((each) => each.check === check.check)) + 1 || checks.length);
  return { traffic, verified, checks: last.reverse() };
}

function LastRun({ range }) {
  const { data } = useData((signal) => lastRun(range.to, signal), [range.to]);
  const { traffic, verified, checks } = data ?? {};
  return html`<section class="box">
    <h2>Last traffic run</h2>
    ${!traffic && html`<p class="dim">None in the last day. <code>./stack traffic</code> sends some, <code>./stack verify</code> proves that all of it is seen.</p>`}
    ${traffic && html`<p>${traffic.requests ?? ""} requests, profile ${traffic.profile}, seed ${traffic.seed} <span class="dim">${traffic.run_id} · ${ago(traffic.time)}</span></p>`}
    ${verified &&
    html`<p>
        <span class=${classes("dot", verified.ok === "true" ? "good" : "bad")} aria-hidden="true"></span>
        ${verified.ok === "true" ? " Complete: nothing is missing, nothing is duplicated" : " Not complete"} <span class="dim">run ${verified.run_id} · ${ago(verified.time)}</span>
      </p>
      <${Checks} checks=${checks} />`}
  </section>`;
}

function Tries() {
  const tries = [
    ["./stack traffic --rate 50 --duration 60s", "send traffic, and look at the Shop overview", "/drills"],
    ["./stack drill products-query-slow", "break something and follow the alert to its cause", "/drills"],
    ["./stack drill --hide", "practise: find out yourself what is broken", "/drills"],
    ["./stack verify", "prove that every request is in all three signals", "/drills"],
  ];
  return html`<section class="box">
    <h2>What to try</h2>
    <ul class="tries">
      ${tries.map(([command, meaning, address]) => html`<li><code>${command}</code> <a href=${at(address)}>${meaning}</a></li>`)}
    </ul>
  </section>`;
}
