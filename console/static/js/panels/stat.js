// One number, with its course behind it.
import { paletteColor } from "../lib/colors.js";
import { calculated, fixedColor, settingsOf, shown } from "../lib/fields.js";
import { html } from "../lib/ui.js";
import { linkAddress } from "../lib/variables.js";

export default function Stat({ panel, answers, scope }) {
  const found = answers.flatMap((answer) => (answer.series ?? []).map((each) => ({ ...each, refId: answer.refId })));
  const several = found.length > 1;
  const values = found.length ? found : [{ name: "", values: [null], labels: {} }];
  return html`<div class=${several ? "stats several" : "stats"}>
    ${values.map((each) => html`<${Number_} panel=${panel} each=${each} several=${several} scope=${scope} />`)}
  </div>`;
}

function Number_({ panel, each, several, scope }) {
  const settings = settingsOf(panel, { name: each.name, refId: each.refId, type: "number" });
  const { options } = panel;
  const value = calculated(options.reduceOptions.calcs[0], each.values);
  const result = shown(value, settings);
  const color = fixedColor(settings) ?? result.color;
  const paint = (element) => element && (element.style.color = color ?? "");
  const [, number, unit] = /^([-−]?[$€]?[\d.,]+(?:e[-+]?\d+)?)\s?(.*)$/.exec(result.text) ?? [];
  const link = settings.links?.[0];
  const href = link && linkAddress(link, scope, { labels: each.labels });
  const name = options.textMode === "value_and_name" || options.textMode === "name" || several;
  const text = result.mapped || !number ? result.text : html`${number}<small class=${unit === "%" ? "tight" : ""}>${unit}</small>`;
  return html`<div class="stat">
    ${options.graphMode === "area" && each.values.length > 1 && html`<${Sparkline} values=${each.values} color=${color ?? paletteColor(0)} />`}
    ${name && html`<span class="stat-name">${options.textMode === "name" ? "" : (settings.displayName ?? each.name)}</span>`}
    ${href
      ? html`<a class="stat-value" href=${href} title=${link.title} ref=${paint}>${text}</a>`
      : html`<span class="stat-value" ref=${paint}>${text}</span>`}
  </div>`;
}

export function Sparkline({ values, color, width = 200, height = 40 }) {
  const numbers = values.filter(Number.isFinite);
  if (numbers.length < 2) return null;
  const top = Math.max(...numbers, 0);
  const bottom = Math.min(...numbers, 0);
  const x = (index) => ((index / (values.length - 1)) * width).toFixed(1);
  const y = (value) => (height - 1 - ((value - bottom) / (top - bottom || 1)) * (height - 3)).toFixed(1);
  const runs = [];
  let run = [];
  values.forEach((value, index) => {
    if (Number.isFinite(value)) run.push([x(index), y(value)]);
    if (!Number.isFinite(value) || index === values.length - 1) {
      if (run.length) runs.push(run);
      run = [];
    }
  });
  const line = runs.map((points) => `M${points.map((point) => point.join(",")).join("L")}`).join("");
  const area = runs.map((points) => `M${points[0][0]},${height}L${points.map((point) => point.join(",")).join("L")}L${points.at(-1)[0]},${height}Z`).join("");
  return html`<svg class="sparkline" viewBox=${`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
    <path d=${area} fill=${color} opacity="0.13" /><path d=${line} fill="none" stroke=${color} stroke-width="1.3" vector-effect="non-scaling-stroke" />
  </svg>`;
}

