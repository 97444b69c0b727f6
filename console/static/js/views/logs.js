import { html } from "../lib/ui.js";
export default function View() {
  return html`<div class="view"><h1>logs</h1></div>`;
}
