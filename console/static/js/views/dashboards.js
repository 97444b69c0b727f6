// The list of dashboards.
import { once, useData } from "../lib/api.js";
import { at } from "../lib/location.js";
import { html } from "../lib/ui.js";

export default function Dashboards() {
  const { data } = useData(() => once("dashboards"), []);
  return html`<div class="view">
    <h1>Dashboards</h1>
    <ul class="cards">
      ${data?.map(
        (each) => html`<li>
          <a class="card" href=${at(`/d/${each.uid}`)}><h2>${each.title}</h2><p>${each.description}</p></a>
        </li>`,
      )}
    </ul>
    <p class="dim">The same definitions that Grafana's files are generated from (dashboards/), drawn by the stack's own viewer.</p>
  </div>`;
}
