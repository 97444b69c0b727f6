// What is around every view: where one is, the time that is shown, help.
import { useData } from "../lib/api.js";
import { get } from "../lib/api.js";
import { forgetColors } from "../lib/colors.js";
import { themed } from "../lib/chart.js";
import { at, navigate, route } from "../lib/location.js";
import { useSignal } from "../lib/signal.js";
import { clock, refresh, zoomOut } from "../lib/time.js";
import { html, useEffect, useState } from "../lib/ui.js";
import { Dialog } from "./dialog.js";
import { TimePicker } from "./picker.js";
import Alerts from "../views/alerts.js";
import DashboardView from "../views/dashboard.js";
import Dashboards from "../views/dashboards.js";
import Drills from "../views/drills.js";
import Home from "../views/home.js";
import Logs from "../views/logs.js";
import Runbook from "../views/runbook.js";
import TraceView from "../views/trace.js";
import Traces from "../views/traces.js";

const VIEWS = [
  [/^\/$/, Home, "Home"],
  [/^\/dashboards$/, Dashboards, "Dashboards"],
  [/^\/d\/([^/]+)$/, DashboardView, "Dashboards"],
  [/^\/traces$/, Traces, "Traces"],
  [/^\/trace\/([^/]+)$/, TraceView, "Traces"],
  [/^\/logs$/, Logs, "Logs"],
  [/^\/alerts$/, Alerts, "Alerts"],
  [/^\/alerts\/([^/]+)$/, Alerts, "Alerts"],
  [/^\/runbooks\/([^/]+)$/, Runbook, "Alerts"],
  [/^\/drills$/, Drills, "Drills"],
];

const PLACES = [
  ["Home", "/"],
  ["Dashboards", "/dashboards"],
  ["Traces", "/traces"],
  ["Logs", "/logs"],
  ["Alerts", "/alerts"],
  ["Drills", "/drills"],
];

const ICON = new URL("../../icon.svg", import.meta.url).href;

const KEYS = [
  ["/", "search: a trace id, or words for the log lines"],
  ["g h, g d, g t, g l, g a, g r", "Home, Dashboards, Traces, Logs, Alerts, Drills"],
  ["r", "refresh"],
  ["z", "zoom out"],
  ["t", "light or dark"],
  ["?", "this help"],
];

export function Shell() {
  const { path } = useSignal(route);
  const [help, setHelp] = useState(false);
  const [searching, setSearching] = useState(false);
  useKeys({ help: () => setHelp(true), search: () => setSearching(true) });
  const [view, place, name] = viewOf(path);
  useEffect(() => {
    document.title = `${name ? `${name} · ` : ""}${place} · Glasshouse`;
  }, [place, name]);
  return html`
    <a class="skip" href="#main">Skip to the content</a>
    <header class="bar">
      <a class="brand" href="/" title="The stack's own viewer">
        <img src=${ICON} alt="" width="20" height="20" /> Glasshouse
      </a>
      <nav aria-label="Views">
        ${PLACES.map(([title, address]) => html`<a href=${at(address)} aria-current=${title === place ? "page" : null}>${title}${title === "Alerts" && html`<${Firing} />`}</a>`)}
      </nav>
      <span class="grow"></span>
      <${TimePicker} />
      <button type="button" aria-label="Search" title="Search (/)" onClick=${() => setSearching(true)}>⌕</button>
      <button type="button" aria-label="Light or dark" title="Light or dark (t)" onClick=${toggleTheme}>◐</button>
      <button type="button" aria-label="Help" title="Help (?)" onClick=${() => setHelp(true)}>?</button>
    </header>
    <main id="main" tabindex="-1">${view ? html`<${view} name=${name} />` : html`<div class="view"><h1>There is no such page</h1></div>`}</main>
    <footer class="dim">The stack's own viewer, reading Prometheus, Loki, Jaeger and Alertmanager. It draws the definitions that Grafana is provisioned with.</footer>
    ${help && html`<${Help} onClose=${() => setHelp(false)} />`}
    ${searching && html`<${Search} onClose=${() => setSearching(false)} />`}
  `;
}

function viewOf(path) {
  for (const [pattern, view, place] of VIEWS) {
    const found = pattern.exec(path);
    if (found) return [view, place, found[1] && decodeURIComponent(found[1])];
  }
  return [undefined, "Not found", undefined];
}

/** How many alerts fire, on every page. */
function Firing() {
  const now = useSignal(clock);
  const { data } = useData((signal) => get("alertmanager/alerts", {}, signal), [now]);
  const count = data?.filter((alert) => alert.labels.alertname !== "Watchdog" && alert.status.state === "active").length ?? 0;
  return count > 0 && html`<span class="badge" aria-label=${`${count} firing`}>${count}</span>`;
}

export function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
  recolor();
}

function recolor() {
  forgetColors();
  themed.value += 1;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);

const GOING = { h: "/", d: "/dashboards", t: "/traces", l: "/logs", a: "/alerts", r: "/drills" };

function useKeys({ help, search }) {
  useEffect(() => {
    let going = false;
    const pressed = (event) => {
      const typing = event.target.closest("input, textarea, select, dialog");
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (going && GOING[event.key]) navigate(at(GOING[event.key]));
      else if (event.key === "?") help();
      else if (event.key === "/") search();
      else if (event.key === "r") refresh();
      else if (event.key === "z") zoomOut();
      else if (event.key === "t" && !going) toggleTheme();
      else {
        going = event.key === "g";
        return;
      }
      going = false;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

function Help({ onClose }) {
  return html`<${Dialog} title="Keys" onClose=${onClose}>
    <dl class="keys">${KEYS.map(([keys, meaning]) => html`<dt>${keys.split(", ").map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${meaning}</dd>`)}</dl>
    <p>Drag over a chart to zoom. Click a name below a chart to see its line alone, with Ctrl to hide it. A diamond on a chart is a request: click it for its trace.</p>
    <p class="dim">This is the stack's own viewer. Where Grafana runs, its dashboards are at port 3000: they are made of the same definitions.</p>
  <//>`;
}

function Search({ onClose }) {
  const find = (event) => {
    event.preventDefault();
    const text = event.target.elements.text.value.trim();
    if (!text) return;
    onClose();
    if (/^[0-9a-f]{16,32}$/i.test(text)) navigate(at(`/trace/${text.toLowerCase()}`));
    else navigate(at("/logs", { query: `{service_name=~".+"} |= ${JSON.stringify(text)}` }));
  };
  return html`<${Dialog} title="Search" onClose=${onClose}>
    <form class="search" onSubmit=${find}>
      <input name="text" autofocus autocomplete="off" spellcheck=${false} placeholder="A trace id, or words in log lines" aria-label="A trace id, or words in log lines" />
      <button type="submit">Find</button>
    </form>
  <//>`;
}
