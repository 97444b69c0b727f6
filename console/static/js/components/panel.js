// A panel: its title, what it says, what it is drawn by, and a way to see how it is made.
import { useData } from "../lib/api.js";
import { ApiError } from "../lib/api.js";
import { expression, ask } from "../lib/queries.js";
import { at, changed } from "../lib/location.js";
import { classes, html, useEffect, useRef, useState } from "../lib/ui.js";
import { Dialog } from "./dialog.js";
import { pagesOf } from "../lib/others.js";
import { useSignal } from "../lib/signal.js";

const loaded = new Map();

/** What draws a type of panel: the module of its name. */
const drawerOf = (type) => {
  if (!loaded.has(type)) loaded.set(type, import(`../panels/${type}.js`).then((module) => module.default));
  return loaded.get(type);
};

export function Panel({ panel, scope, marks = [], dashboard, bare = false }) {
  const element = useRef();
  const visible = useVisible(element);
  const [inspected, setInspected] = useState(false);
  const key = visible ? questionOf(panel, scope) : "";
  const { data, error, loading } = useData(
    async (signal) => {
      if (!key) return undefined;
      const [drawer, answers] = await Promise.all([drawerOf(panel.type), ask(panel, scope, signal)]);
      return { drawer, answers, scope };
    },
    [key],
  );
  const state = error ? "error" : data ? (isEmpty(data.answers) ? "empty" : "drawn") : "loading";
  return html`<section ref=${element} class=${classes("panel", `panel-${panel.type}`, bare && "bare", loading && data && "refreshing")} data-panel=${panel.title} data-state=${state} aria-label=${panel.title}>
    <header>
      <h3 title=${panel.description}>${panel.title}</h3>
      <button type="button" class="quiet" aria-label=${`About ${panel.title}`} title="What it says, its query" onClick=${() => setInspected(true)}>ⓘ</button>
      ${dashboard && html`<a class="quiet" href=${changed({ viewPanel: panel.id }, { path: `/d/${dashboard}` })} aria-label=${`${panel.title} alone`} title="This panel alone">⤢</a>`}
    </header>
    <div class="panel-body"><${Body} data=${data} error=${error} panel=${panel} marks=${marks} /></div>
    ${inspected && html`<${Inspector} panel=${panel} scope=${scope} dashboard=${dashboard} onClose=${() => setInspected(false)} />`}
  </section>`;
}

function Body({ data, error, panel, marks }) {
  if (error && !data) return html`<p class="message bad" role="alert">${error instanceof ApiError ? error.message : `This panel cannot be drawn: ${error.message}`}</p>`;
  if (!data) return html`<p class="message dim"><span class="spinner" role="img" aria-label="loading"></span></p>`;
  const Drawer = data.drawer;
  return html`
    ${error && html`<p class="stale" role="alert" title=${error.message}>not refreshed: ${error.message}</p>`}
    ${isEmpty(data.answers) && panel.type !== "stat"
      ? html`<p class="message dim">${panel.fieldConfig.defaults.noValue ?? "Nothing in this time"}</p>`
      : html`<${Drawer} panel=${panel} answers=${data.answers} scope=${data.scope} marks=${marks} />`}
  `;
}

const isEmpty = (answers) =>
  answers.every(({ series, lines, traces, rows }) => !(series?.some((each) => each.values.some((value) => value !== null)) || lines?.length || traces?.length || rows?.length));

/** Two scopes in which this panel shows the same ask the same. */
function questionOf(panel, scope) {
  const { from, to, step } = scope.range;
  return JSON.stringify([panel.id, panel.dashboard, panel.targets, from, to, step, scope.chosen]);
}

function useVisible(element) {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setVisible(entries.at(-1).isIntersecting), { rootMargin: "300px" });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return visible;
}

function Inspector({ panel, scope, dashboard, onClose }) {
  const pages = useSignal(pagesOf);
  const { named } = scope.range;
  const variables = Object.entries(scope.chosen).flatMap(([name, values]) => values.map((value) => [`var-${name}`, value]));
  const grafana = new URLSearchParams([["viewPanel", panel.id], ["from", named.from], ["to", named.to], ...variables]);
  return html`<${Dialog} title=${panel.title} onClose=${onClose}>
    <p>${panel.description}</p>
    ${panel.targets.map((target) => {
      const text = target.expr ? expression(target, scope) : JSON.stringify({ ...target, datasource: undefined, refId: undefined });
      const prometheus = new URLSearchParams({ "g0.expr": text, "g0.tab": "0" });
      return html`<h4>${target.refId} · ${target.datasource.type}</h4>
        <pre class="query" tabindex="0">${text}</pre>
        ${target.datasource.type === "prometheus" && pages.prometheus && html`<a href=${`${pages.prometheus}/query?${prometheus}`} target="_blank" rel="noreferrer">Open in Prometheus</a>`}
        ${target.datasource.type === "loki" && html`<a href=${at("/logs", { query: text })} onClick=${onClose}>Open in Logs</a>`}`;
    })}
    ${(dashboard ?? panel.dashboard) && pages.grafana && html`<p><a href=${`${pages.grafana}/d/${dashboard ?? panel.dashboard}?${grafana}`} target="_blank" rel="noreferrer">Open in Grafana</a></p>`}
    <p class="dim">Defined in dashboards/, as Grafana's file is.</p>
  <//>`;
}
