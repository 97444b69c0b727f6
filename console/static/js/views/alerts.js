// Every alert: its state and since when, its rule, when it fired, its runbook and panel; and what is silenced.
import { get, text, useData } from "../lib/api.js";
import { cssColor } from "../lib/colors.js";
import { at } from "../lib/location.js";
import { Markdown } from "../lib/markdown.js";
import { overTime } from "../lib/queries.js";
import { ago, dateTime, useTimeRange } from "../lib/time.js";
import { classes, html, useState } from "../lib/ui.js";

const WATCHDOG = "Watchdog"; // its absence is what is noticed
const ORDER = { firing: 0, pending: 1, inactive: 2, "always on": 3 };
const KINDS = { firing: "bad", pending: "warn", inactive: "good", "always on": "good" };

export default function Alerts({ name }) {
  const range = useTimeRange("now-1h");
  const rules = useData((signal) => allRules(signal), [range.to]);
  const alerts = useData((signal) => get("alertmanager/alerts", {}, signal), [range.to]);
  const silences = useData((signal) => get("alertmanager/silences", {}, signal), [range.to]);
  const history = useData((signal) => overTime('max by (alertname, alertstate) (ALERTS{alertname!="Watchdog"})', range, signal), [range.from, range.to]);
  const [only, setOnly] = useState("");
  const named = byName(rules.data ?? []);
  const chosen = named.some((rule) => rule.name === name);
  const listed = named.filter((rule) => !only || rule.state === only);
  const count = (state) => named.filter((rule) => rule.state === state).length;
  return html`<div class="view">
    <h1>Alerts</h1>
    ${rules.error && html`<p class="bad" role="alert">${rules.error.message}</p>`}
    <div class=${classes("alerts", name && "with-details")}>
      <div>
        <div class="levels" role="group" aria-label="State">
          ${["", "firing", "pending", "inactive"].map((state) => html`<button type="button" aria-pressed=${only === state} onClick=${() => setOnly(state)}>
            ${state && html`<span class=${classes("dot", KINDS[state])}></span>`}${state || "all"} <span class="dim">${state ? count(state) : named.length}</span>
          </button>`)}
        </div>
        <section class="box">
          <table class="data">
            <thead><tr><th>Alert</th><th>State</th><th>Severity</th><th>For</th><th>${range.text}</th></tr></thead>
            <tbody>
              ${listed.map((rule) => html`<tr class=${rule.name === name ? "chosen" : ""} key=${rule.name}>
                <td><a href=${at(`/alerts/${rule.name}`)}>${rule.name}</a></td>
                <td><span class=${classes("dot", KINDS[rule.state])} aria-hidden="true"></span> ${rule.state}${rule.since && html` <span class="dim">${ago(rule.since)}</span>`}</td>
                <td>${rule.severity}</td>
                <td class="dim">${rule.subjects.join(", ")}</td>
                <td>${rule.name !== WATCHDOG && html`<${History} series=${(history.data ?? []).filter((each) => each.labels.alertname === rule.name)} />`}</td>
              </tr>`)}
            </tbody>
          </table>
        </section>
        <${Silences} silences=${silences} />
      </div>
      ${name && html`<${Details} name=${name} rules=${(rules.data ?? []).filter((rule) => rule.name === name)} alerts=${(alerts.data ?? []).filter((alert) => alert.labels.alertname === name)} known=${chosen} />`}
    </div>
  </div>`;
}

/** An alert may have several rules, one for each speed at which a budget burns: the most urgent state counts. */
function byName(rules) {
  const found = new Map();
  for (const rule of rules) {
    const known = found.get(rule.name);
    if (!known) found.set(rule.name, { ...rule });
    else {
      known.severity = [...new Set([...known.severity.split(", "), rule.severity])].join(", ");
      known.subjects = [...new Set([...known.subjects, ...rule.subjects])];
    }
  }
  return [...found.values()];
}

/** Of Prometheus and of Loki, the most urgent state first. The one that always fires says so. */
async function allRules(signal) {
  const [prometheus, loki] = await Promise.all([
    get("prometheus/rules", { type: "alert" }, signal),
    get("loki/rules", {}, signal).catch(() => ({ data: { groups: [] } })),
  ]);
  const rules = [...prometheus.data.groups, ...(loki.data?.groups ?? [])].flatMap((group) => group.rules.filter((rule) => rule.type === "alerting" || rule.alerts).map((rule) => ruleOf(group, rule)));
  return rules.sort((a, b) => ORDER[a.state] - ORDER[b.state] || a.name.localeCompare(b.name) || a.severity.localeCompare(b.severity));
}

function ruleOf(group, rule) {
  const active = (rule.alerts ?? []).filter((alert) => alert.state !== "inactive");
  const since = active.map((alert) => Date.parse(alert.activeAt)).filter(Number.isFinite);
  return {
    group: group.name,
    name: rule.name,
    state: rule.name === WATCHDOG ? "always on" : (rule.state ?? "inactive"),
    severity: rule.labels?.severity ?? "",
    query: rule.query,
    wait: rule.duration,
    annotations: rule.annotations ?? {},
    labels: rule.labels ?? {},
    since: since.length ? Math.min(...since) : undefined,
    subjects: [...new Set(active.map((alert) => alert.labels.service_name).filter(Boolean))],
  };
}

/** When it was pending or fired, as a strip. */
function History({ series }) {
  const length = series[0]?.values.length ?? 0;
  if (!length) return html`<span class="dim">never</span>`;
  const state = (index) => (series.some((each) => each.labels.alertstate === "firing" && each.values[index]) ? "firing" : series.some((each) => each.values[index]) ? "pending" : "");
  const boxes = [];
  for (let index = 0; index < length; index++) {
    const now = state(index);
    const last = boxes.at(-1);
    if (last?.now === now) last.to = index + 1;
    else boxes.push({ now, from: index, to: index + 1 });
  }
  return html`<svg class="strip" viewBox=${`0 0 ${length} 10`} preserveAspectRatio="none" role="img" aria-label="when it fired">
    <rect width=${length} height="10" fill=${cssColor("raised")} />
    ${boxes.filter((box) => box.now).map((box) => html`<rect x=${box.from} width=${box.to - box.from} height="10" fill=${cssColor(box.now === "firing" ? "state-red" : "state-yellow")} />`)}
  </svg>`;
}

function Details({ name, rules, alerts, known }) {
  const runbook = useData((signal) => text(`runbooks/${name}`, signal), [name]);
  return html`<aside class="box details" aria-label=${name}>
    <div class="view-head"><h2>${name}</h2><a class="quiet" href=${at("/alerts")} aria-label="Close">✕</a></div>
    ${!known && rules.length === 0 && html`<p class="dim">Prometheus has no rule of this name.</p>`}
    ${subjectsOf(alerts).map(({ alert, more }) => html`<div class="firing" key=${alert.fingerprint}>
      <p><span class=${classes("dot", alert.status.state === "active" ? "bad" : "warn")}></span> <b>${alert.annotations.summary}</b>${more > 0 && html` <span class="dim">in ${more + 1} windows</span>`}</p>
      <p>${alert.annotations.description}</p>
      <p class="dim">${alert.status.state === "active" ? "firing" : alert.status.state} since ${dateTime(Date.parse(alert.startsAt))} (${ago(Date.parse(alert.startsAt))})</p>
      <p class="labels">${Object.entries(alert.labels).map(([label, value]) => html`<code>${label}=${value}</code> `)}</p>
      <p class="actions">${panelOf(alert) && html`<a class="button" href=${panelOf(alert)}>Its dashboard</a>`}
        ${alert.labels.service_name && html`<a class="button" href=${at("/logs", { query: `{service_name=${JSON.stringify(alert.labels.service_name)}}`, level: "error" })}>Errors in its logs</a>
        <a class="button" href=${at("/traces", { service: alert.labels.service_name, errors: "1" })}>Its failed traces</a>`}</p>
    </div>`)}
    ${runbook.data ? html`<${Markdown} text=${runbook.data.replace(/^# .*\n/, "")} />` : runbook.error && html`<p class="dim">It has no runbook.</p>`}
    <h3>Rule</h3>
    ${rules.map((rule) => html`<p class="dim">${rule.group}${rule.severity && ` · ${rule.severity}`}${rule.wait > 0 && ` · holds for ${rule.wait} s before it fires`}</p>
      <pre class="query" tabindex="0">${rule.query}</pre>`)}
  </aside>`;
}

/** One for each summary: a budget may burn too fast in several windows at once. */
function subjectsOf(alerts) {
  const found = new Map();
  for (const alert of alerts) {
    const known = found.get(alert.annotations.summary);
    if (known) known.more += 1;
    else found.set(alert.annotations.summary, { alert, more: 0 });
  }
  return [...found.values()];
}

/** The dashboard that the alert names, here. */
function panelOf(alert) {
  const found = /\/d\/([^?]+)\??(.*)$/.exec(alert.annotations.dashboard ?? "");
  return found && at(`/d/${found[1]}`, Object.fromEntries(new URLSearchParams(found[2])));
}

function Silences({ silences }) {
  const active = silences.data?.filter((silence) => silence.status.state !== "expired") ?? [];
  return html`<section class="box silences" tabindex="0" aria-label="Silences">
    <h2>Silences</h2>
    ${silences.error && html`<p class="bad">${silences.error.message}</p>`}
    ${!active.length && html`<p class="dim">None.</p>`}
    ${active.length > 0 && html`<table class="data"><thead><tr><th>What</th><th>Why</th><th>By</th><th>Until</th></tr></thead><tbody>
      ${active.map((silence) => html`<tr><td>${silence.matchers.map((each) => `${each.name}${each.isEqual === false ? "!" : ""}${each.isRegex ? "=~" : "="}${each.value}`).join(", ")}</td><td>${silence.comment}</td><td>${silence.createdBy}</td><td>${dateTime(Date.parse(silence.endsAt))}</td></tr>`)}
    </tbody></table>`}
  </section>`;
}
