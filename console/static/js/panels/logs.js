// Log lines, the newest first; an opened line shows its fields and leads to its trace.
import { LogLines } from "../components/loglines.js";
import { html } from "../lib/ui.js";

export default function Logs({ panel, answers }) {
  return html`<${LogLines} lines=${answers.flatMap((answer) => answer.lines ?? [])} label=${panel.title} />`;
}
