// A runbook alone.
import { text, useData } from "../lib/api.js";
import { Markdown } from "../lib/markdown.js";
import { html } from "../lib/ui.js";

export default function Runbook({ name }) {
  const { data, error } = useData((signal) => text(`runbooks/${name}`, signal), [name]);
  return html`<div class="view"><h1>Runbook: ${name}</h1>${error && html`<p class="bad" role="alert">There is no runbook ${name}.</p>`}${data && html`<div class="box"><${Markdown} text=${data} /></div>`}</div>`;
}
