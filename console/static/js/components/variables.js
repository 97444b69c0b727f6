// Choosing the values of a dashboard's variables: one of them, or any number.
import { change } from "../lib/location.js";
import { html, useEffect, useRef, useState } from "../lib/ui.js";
import { ALL, isAll } from "../lib/variables.js";

export function Variables({ variables, chosen, offered }) {
  return html`<div class="variables">
    ${variables.map((variable) => html`<${variable.multi ? Several : One} variable=${variable} values=${chosen[variable.name]} offered=${offered[variable.name] ?? []} key=${variable.name} />`)}
  </div>`;
}

const choose = (variable, values) => change({ [`var-${variable.name}`]: values });

function One({ variable, values, offered }) {
  const options = offered.includes(values[0]) || isAll(values) ? offered : [values[0], ...offered];
  return html`<label class="variable">
    <span>${variable.label}</span>
    <select aria-label=${variable.label} onChange=${(event) => choose(variable, [event.target.value])}>
      ${variable.includeAll && html`<option value=${ALL} selected=${isAll(values)}>All</option>`}
      ${options.map((option) => html`<option value=${option} selected=${option === values[0]}>${option}</option>`)}
    </select>
  </label>`;
}

function Several({ variable, values, offered }) {
  const [open, setOpen] = useState(false);
  const holder = useRef();
  useEffect(() => {
    if (!open) return undefined;
    const close = (event) => {
      if (event.key === "Escape" || (event.type === "pointerdown" && !holder.current.contains(event.target))) setOpen(false);
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, [open]);
  const toggle = (option) => {
    const kept = values.filter((value) => value !== ALL && value !== option);
    const next = values.includes(option) ? kept : [...kept, option];
    choose(variable, next.length ? next : [ALL]);
  };
  const text = isAll(values) ? "All" : values.length > 2 ? `${values.length} chosen` : values.join(", ");
  return html`<div class="variable" ref=${holder}>
    <span id=${`variable-${variable.name}`}>${variable.label}</span>
    <button type="button" aria-expanded=${open} aria-labelledby=${`variable-${variable.name}`} aria-describedby=${`chosen-${variable.name}`} onClick=${() => setOpen(!open)}>
      <span id=${`chosen-${variable.name}`}>${text}</span> ▾
    </button>
    ${open &&
    html`<ul class="popover options" role="group" aria-label=${variable.label}>
      <li><label><input type="checkbox" checked=${isAll(values)} onChange=${() => choose(variable, [ALL])} /> All</label></li>
      ${offered.map((option) => html`<li><label><input type="checkbox" checked=${values.includes(option)} onChange=${() => toggle(option)} /> ${option || "(none)"}</label></li>`)}
    </ul>`}
  </div>`;
}
