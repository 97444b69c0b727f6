// The page: the bar at its top, and the view that the address names.
import { Shell } from "./components/shell.js";
import { findOthers } from "./lib/others.js";
import { html, render } from "./lib/ui.js";

findOthers();
render(html`<${Shell} />`, document.getElementById("app"));
