// What a verification has found so far: a row for each check.
import { formatted } from "../lib/format.js";
import { classes, html } from "../lib/ui.js";

export function Checks({ checks }) {
  return html`<div class="table-scroll"><table class="data">
    <thead><tr><th>Signal</th><th>What</th><th class="number">Expected</th><th class="number">Found</th><th class="number">Missing</th><th class="number">Duplicated</th></tr></thead>
    <tbody>
      ${checks.map(
        (check) => html`<tr key=${`${check.signal} ${check.check ?? check.name}`}>
          <td>${check.signal}</td><td>${check.check ?? check.name}</td>
          ${["expected", "found", "missing", "duplicated"].map((name) => html`<td class=${classes("number", ["missing", "duplicated"].includes(name) && Number(check[name]) > 0 && "bad")}>${formatted(Number(check[name]), "none", 0)}</td>`)}
        </tr>`,
      )}
    </tbody>
  </table></div>`;
}
