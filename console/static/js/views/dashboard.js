// A dashboard: rows of panels on a grid of 24 columns, all over the same time and with the same variables.
import { once, useData } from "../lib/api.js";
import { marksOf } from "../lib/annotations.js";
import { at, changed, route } from "../lib/location.js";
import { pagesOf } from "../lib/others.js";
import { useSignal } from "../lib/signal.js";
import { useTimeRange } from "../lib/time.js";
import { html, useMemo, useState } from "../lib/ui.js";
import { chosenValues, offeredValues, scopeOf } from "../lib/variables.js";
import { Panel } from "../components/panel.js";
import { Variables } from "../components/variables.js";

const CELL = 38; // pixels: a row of the grid with its gap

export default function DashboardView({ name: uid }) {
  const { data: dashboard, error } = useData(() => once(`dashboards/${uid}`), [uid]);
  if (error) return html`<p class="message bad" role="alert">${error.message}</p>`;
  return dashboard?.uid === uid ? html`<${Dashboard} dashboard=${dashboard} key=${uid} />` : html`<div class="view"></div>`;
}

function Dashboard({ dashboard }) {
  const { params } = useSignal(route);
  const pages = useSignal(pagesOf);
  const range = useTimeRange(dashboard.time.from);
  const variables = dashboard.templating.list;
  const chosen = useMemo(() => chosenValues(dashboard, params), [dashboard, params]);
  const scope = useMemo(() => scopeOf(range, variables, chosen), [range.from, range.to, JSON.stringify(chosen)]);
  const offered = useData((signal) => offeredValues(dashboard, scope, signal), [scope]);
  const marks = useData((signal) => marksOf(dashboard, range, signal), [range.from, range.to]);
  const [closed, setClosed] = useState(new Set());
  const toggle = (title) => setClosed((before) => (before.has(title) ? new Set([...before].filter((each) => each !== title)) : new Set([...before, title])));
  const alone = dashboard.panels.find((panel) => String(panel.id) === params.get("viewPanel") && panel.type !== "row");
  const shared = { scope, marks: marks.data ?? [], dashboard: dashboard.uid };
  return html`<div class="view dashboard" data-marks=${marks.data ? marks.data.length : ""}>
    <div class="view-head">
      <div>
        <h1>${dashboard.title}</h1>
        <p class="dim description">${dashboard.description}</p>
      </div>
      ${pages.grafana && html`<a class="button" href=${`${pages.grafana}/d/${dashboard.uid}${location.search}`} target="_blank" rel="noreferrer">Open in Grafana</a>`}
    </div>
    <${Siblings} uid=${dashboard.uid} />
    ${variables.length > 0 && html`<${Variables} variables=${variables} chosen=${chosen} offered=${offered.data ?? {}} />`}
    ${alone
      ? html`<p><a href=${changed({ viewPanel: null })}>← all panels</a></p>
          <div class="alone"><${Panel} panel=${alone} ...${shared} /></div>`
      : rowsOf(dashboard.panels).map(
          ({ title, top, panels }) => html`<section class="row" key=${title}>
            <h2>
              <button type="button" aria-expanded=${!closed.has(title)} onClick=${() => toggle(title)}>
                <span aria-hidden="true">${closed.has(title) ? "▸" : "▾"}</span> ${title}
              </button>
            </h2>
            ${!closed.has(title) && html`<div class="grid">${panels.map((panel) => html`<${Placed} panel=${panel} top=${top} shared=${shared} key=${panel.id} />`)}</div>`}
          </section>`,
        )}
  </div>`;
}

function Placed({ panel, top, shared }) {
  const { x, y, w, h } = panel.gridPos;
  const style = { "grid-column": `${x + 1} / span ${w}`, "grid-row": `${y - top + 1} / span ${h}`, "--height": `${h * CELL - 8}px` };
  const place = (element) => {
    if (element) for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value);
  };
  return html`<div class="placed" ref=${place}><${Panel} panel=${panel} ...${shared} /></div>`;
}

/** Panels below each row's title. */
function rowsOf(panels) {
  const rows = [];
  for (const panel of panels) {
    if (panel.type === "row") rows.push({ title: panel.title, top: panel.gridPos.y + 1, panels: [...(panel.panels ?? [])] });
    else {
      if (!rows.length) rows.push({ title: "Panels", top: 0, panels: [] });
      rows.at(-1).panels.push(panel);
    }
  }
  return rows;
}

function Siblings({ uid }) {
  const { data } = useData(() => once("dashboards"), []);
  return html`<nav class="siblings" aria-label="Dashboards">
    ${data?.map((each) => html`<a href=${at(`/d/${each.uid}`)} aria-current=${each.uid === uid ? "page" : null}>${each.title}</a>`)}
  </nav>`;
}

