// One bar for each series, by its last value.
import { isService, paletteColor, serviceColor } from "../lib/colors.js";
import { calculated, fixedColor, settingsOf, shown, thresholdColor } from "../lib/fields.js";
import { html } from "../lib/ui.js";

export default function BarGauge({ panel, answers }) {
  const bars = answers
    .flatMap((answer) => (answer.series ?? []).map((each) => ({ ...each, refId: answer.refId })))
    .map((each, index) => barOf(panel, each, index));
  const most = Math.max(...bars.map((bar) => bar.settings.max ?? bar.value ?? 0), 0) || 1;
  return html`<div class="bars" role="list" tabindex="0" aria-label=${panel.title}>
    ${bars.map(
      ({ name, value, settings, color }) => html`<div class="bar" role="listitem">
        <span class="bar-name" title=${name}>${name}</span>
        <span class="bar-track"><i ref=${(element) => fill(element, value, settings, most, color)}></i></span>
        <b>${shown(value, settings).text}</b>
      </div>`,
    )}
  </div>`;
}

function barOf(panel, each, index) {
  const settings = settingsOf(panel, { name: each.name, refId: each.refId, type: "number" });
  const value = calculated(panel.options.reduceOptions.calcs[0], each.values);
  const byLimit = settings.color?.mode === "thresholds" ? thresholdColor(value, settings) : undefined;
  const color = fixedColor(settings) ?? byLimit ?? (isService(each.name) ? serviceColor(each.name) : paletteColor(index));
  return { name: settings.displayName ?? each.name, value, settings, color };
}

function fill(element, value, settings, most, color) {
  if (!element) return;
  const [min, max] = [settings.min ?? 0, settings.max ?? most];
  element.style.width = `${Math.min(100, Math.max(0, (((value ?? 0) - min) / (max - min || 1)) * 100))}%`;
  element.style.background = color;
}
