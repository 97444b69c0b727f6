// Break the shop, send it traffic, prove what came of it: the commands of ./stack, started here and watched.
import { get, post, useData } from "../lib/api.js";
import { formatted } from "../lib/format.js";
import { at } from "../lib/location.js";
import { Linked } from "../lib/output.js";
import { ago } from "../lib/time.js";
import { classes, html, useEffect, useState } from "../lib/ui.js";
import { Checks } from "../components/checks.js";

const PROFILES = ["mixed", "browse", "orders", "checkout", "errors"];
const OFTEN_MS = 1000;
const SELDOM_MS = 5000;

export default function Drills() {
  const [state, refresh] = useControl();
  const { data, error } = state;
  return html`<div class="view">
    <h1>Drills and traffic</h1>
    ${error && html`<p class="bad" role="alert">${error.message}</p>`}
    ${data && !data.available && html`<p>${data.why}</p>`}
    ${data?.available && html`<${Controls} control=${data} refresh=${refresh} />`}
  </div>`;
}

/** What is on and what was started, asked again and again. */
function useControl() {
  const [turn, setTurn] = useState(0);
  const refresh = () => setTurn((before) => before + 1);
  const state = useData((signal) => get("control", {}, signal), [turn]);
  const pace = Object.values(state.data?.children ?? {}).some(isRunning) ? OFTEN_MS : SELDOM_MS;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || refresh(), pace);
    return () => clearInterval(timer);
  }, [pace]);
  return [state, refresh];
}

const isRunning = (child) => child?.exit_code === null;

function Controls({ control, refresh }) {
  const { token, active, children } = control;
  const [refused, setRefused] = useState("");
  const send = (path, options = {}) =>
    post(`control/${path}`, options, token)
      .then(
        () => setRefused(""),
        (error) => setRefused(error.message),
      )
      .finally(refresh);
  const shared = { children, active, send };
  return html`
    ${refused && html`<p class="bad" role="alert">${refused}</p>`}
    <div class="controls">
      <${DrillBox} ...${shared} />
      <div class="stacked">
        <${TrafficBox} ...${shared} />
        <${VerifyBox} ...${shared} />
      </div>
    </div>
  `;
}

function DrillBox({ children, active, send }) {
  const drills = useData((signal) => get("control/drills", {}, signal), []);
  const child = children.drill;
  const running = isRunning(child);
  const busy = running || active !== null || isRunning(children.heal);
  return html`<section class="box" aria-label="Drills">
    <h2>Drills</h2>
    <p class="dim">A drill breaks something on purpose: its alert fires, the cause is told, and it is undone. Traffic is sent for it, 20 requests per second.</p>
    <${Active} active=${active} running=${running} children=${children} send=${send} />
    ${child && html`<${Output} name="Drill" child=${child} onStop=${() => send("drill/stop")} stopping="Undo it" />`}
    ${children.reveal && html`<${Output} name="Answer" child=${children.reveal} />`}
    ${children.heal && html`<${Output} name="Undoing" child=${children.heal} />`}
    <p class="actions">
      <button type="button" disabled=${busy} onClick=${() => send("drill", { hide: true })}>Start a hidden one</button>
      <span class="dim">Find out yourself what is broken; it ends after 12 minutes.</span>
    </p>
    ${drills.error && html`<p class="bad" role="alert">${drills.error.message}</p>`}
    ${!drills.data && !drills.error && html`<p class="dim"><span class="spinner" role="img" aria-label="loading"></span></p>`}
    <div class="table-scroll">
    <table class="data">
      ${drills.data && html`<thead><tr><th>Drill</th><th>Alert</th><th class="number">Minutes</th><th><span class="hidden-text">Start</span></th></tr></thead>`}
      <tbody>
        ${drills.data?.map(
          (drill) => html`<tr key=${drill.name}>
            <td class="drill">${drill.name}<br /><span class="dim">${drill.summary}</span></td>
            <td><a href=${at(`/alerts/${drill.alert}`)}>${drill.alert}</a></td>
            <td class="number">${drill.minutes}</td>
            <td><button type="button" disabled=${busy} aria-label=${`Start ${drill.name}`} onClick=${() => send("drill", { name: drill.name })}>Start</button></td>
          </tr>`,
        )}
      </tbody>
    </table>
    </div>
  </section>`;
}

/** What is broken now, whoever has started it. */
function Active({ active, running, children, send }) {
  if (!active) return html`<p role="status">${running ? "Preparing: nothing is broken yet." : "Nothing is broken."}</p>`;
  const what = active.hidden ? "Something is broken. Which alerts fire, what do traces and logs say?" : `Broken: ${active.drills.join(", ")}`;
  return html`<div class="firing">
    <p role="status"><span class="dot bad" aria-hidden="true"></span> <b>${what}</b> <span class="dim">${ago(active.since * 1000)}</span></p>
    <p class="actions">
      <a class="button" href=${at("/alerts")}>Alerts</a>
      ${active.hidden && html`<button type="button" disabled=${isRunning(children.reveal)} onClick=${() => send("reveal")}>Reveal it</button>`}
      ${!running && html`<button type="button" disabled=${isRunning(children.heal)} onClick=${() => send("heal")}>Undo it</button>`}
    </p>
  </div>`;
}

function TrafficBox({ children, send }) {
  const child = children.traffic;
  const start = (event) => {
    event.preventDefault();
    const { rate, duration, profile, seed } = event.target.elements;
    send("traffic", { rate: rate.value, duration: `${duration.value}s`, profile: profile.value, seed: seed.value });
  };
  return html`<section class="box" aria-label="Traffic">
    <h2>Traffic</h2>
    <form class="searching" onSubmit=${start}>
      <label>Requests per second <input name="rate" type="number" min="1" max="999" required defaultValue="20" /></label>
      <label>Seconds <input name="duration" type="number" min="1" max="9999" required defaultValue="60" /></label>
      <label>Mix <select name="profile">${PROFILES.map((each) => html`<option>${each}</option>`)}</select></label>
      <label>Seed <input name="seed" type="number" min="0" max="999999999" required defaultValue="1" /></label>
      <button type="submit" disabled=${isRunning(child)}>Send</button>
    </form>
    ${child && html`<${Output} name="Traffic" child=${child} onStop=${() => send("traffic/stop")} stopping="Stop" />`}
    <p class="dim">See it: <a href=${at("/d/shop-overview")}>Shop overview</a>, <a href=${at("/traces", { service: "gateway" })}>its traces</a>.</p>
  </section>`;
}

function VerifyBox({ children, send }) {
  const child = children.verify;
  const { checks, report, rest } = stepsOf(child?.output ?? "");
  return html`<section class="box" aria-label="Verification">
    <h2>Verification</h2>
    <p class="dim">Is every request of the last traffic run in traces, logs and metrics, once?</p>
    <p class="actions">
      <button type="button" disabled=${isRunning(child)} onClick=${() => send("verify")}>Verify the last run</button>
      ${isRunning(child) && html`<button type="button" onClick=${() => send("verify/stop")}>Stop</button>`}
    </p>
    ${child && html`<p role="status"><span class=${classes("dot", isRunning(child) ? "warn" : report?.ok ? "good" : "bad")} aria-hidden="true"></span> ${verdictOf(child, report)}</p>`}
    ${checks.length > 0 && html`<${Checks} checks=${checks} />`}
    ${rest && html`<pre class="query" tabindex="0">${rest}</pre>`}
  </section>`;
}

function verdictOf(child, report) {
  if (isRunning(child)) return "Asking the backends …";
  if (!report) return "It ended without a result.";
  const run = `run ${report.run.run_id}, ${formatted(report.requests.answered, "none", 0)} answered requests`;
  return report.ok ? `Complete: ${run}; nothing is missing, nothing is duplicated.` : `Not complete: ${run}.`;
}

/** The newest state of every check, and what is no step: a line of the error. */
function stepsOf(output) {
  const checks = new Map();
  const rest = [];
  let report;
  for (const line of output.split("\n")) {
    const step = parsed(line);
    if (step?.report) report = step.report;
    for (const check of step?.checks ?? step?.report?.checks ?? []) checks.set(`${check.signal} ${check.name}`, check);
    if (!step && line.trim() && !line.startsWith("{")) rest.push(line);
  }
  return { checks: report?.checks ?? [...checks.values()], report, rest: rest.join("\n") };
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // an error, or a line that is being written
  }
}

/** What a command prints, with links for what it names. */
function Output({ name, child, onStop, stopping }) {
  const ended = child.exit_code !== null;
  return html`<div class="output">
    <p><span class=${classes("dot", !ended ? "warn" : child.exit_code === 0 ? "good" : "bad")} aria-hidden="true"></span> <code>${child.command}</code>
      <span class="dim"> ${ended ? (child.exit_code === 0 ? "ended" : `ended with exit code ${child.exit_code}`) : "runs"}, started ${ago(child.started_at * 1000)}</span>
      ${!ended && onStop && html` <button type="button" onClick=${onStop}>${stopping}</button>`}</p>
    ${child.output.trim() && html`<pre class="query" tabindex="0" aria-label=${`Output of ${name}`}><${Linked} text=${child.output} /></pre>`}
  </div>`;
}
