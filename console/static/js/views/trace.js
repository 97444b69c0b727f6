// One trace: its spans as a waterfall, what made it take so long, its log lines, and what led to it or came of it.
import { get, useData } from "../lib/api.js";
import { serviceColor } from "../lib/colors.js";
import { linesOf } from "../lib/logs.js";
import { at, change, route } from "../lib/location.js";
import { pagesOf } from "../lib/others.js";
import { useSignal } from "../lib/signal.js";
import { dateTime } from "../lib/time.js";
import { traceOf } from "../lib/traces.js";
import { classes, html, useEffect, useMemo, useRef, useState } from "../lib/ui.js";
import { LogLines } from "../components/loglines.js";
import { duration } from "./traces.js";

const ROW = 24; // pixels
const AHEAD = 15;
const AROUND_MS = 60e3;

export default function TraceView({ name: id }) {
  const { data: trace, error } = useData((signal) => load(id, signal), [id]);
  if (error) return html`<div class="view"><h1>Trace ${id}</h1><p class="bad" role="alert">${error.message}</p></div>`;
  return trace?.id === id.padStart(32, "0") ? html`<${Trace} trace=${trace} key=${id} />` : html`<div class="view"><p class="message"><span class="spinner" role="img" aria-label="loading"></span></p></div>`;
}

async function load(id, signal) {
  const { data } = await get("jaeger/trace", { trace_id: id }, signal);
  return traceOf(data[0]);
}

async function linesOfTrace(trace, signal) {
  const params = {
    query: `{service_name=~".+"} | trace_id="${trace.id}"`,
    start: `${Math.floor(trace.start - AROUND_MS)}000000`,
    end: `${Math.ceil(trace.end + AROUND_MS)}000000`,
    limit: 1000,
    direction: "forward",
  };
  const { data } = await get("loki/query_range", params, signal);
  return linesOf(data.result).reverse();
}

function Trace({ trace }) {
  const { params } = useSignal(route);
  const pages = useSignal(pagesOf);
  const [folded, setFolded] = useState(new Set());
  const [critical, setCritical] = useState(true);
  const lines = useData((signal) => linesOfTrace(trace, signal), [trace]);
  const chosen = trace.spans.find((span) => span.id === params.get("span"));
  const visible = useMemo(() => unfolded(trace, folded), [trace, folded]);
  const choose = (span) => change({ span: span === chosen ? null : span.id }, { replace: true });
  const fold = (span) => setFolded((before) => (before.has(span.id) ? new Set([...before].filter((each) => each !== span.id)) : new Set([...before, span.id])));
  const shownLines = chosen ? (lines.data ?? []).filter((line) => line.fields.span_id === chosen.id) : (lines.data ?? []);
  return html`<div class="view trace">
    <div class="view-head">
      <div>
        <h1>${trace.root.service} ${trace.root.name}</h1>
        <p class="dim">${dateTime(trace.start, { millis: true })} · <b class="plain">${duration(trace.duration)}</b> · ${trace.spans.length} spans · ${trace.services.size} services
          ${trace.errors > 0 && html` · <span class="bad">${trace.errors} ${trace.errors === 1 ? "error" : "errors"}</span>`} · <span class="mono">${trace.id}</span></p>
      </div>
      <div class="actions">
        <label class="check"><input type="checkbox" checked=${critical} onChange=${() => setCritical(!critical)} /> critical path</label>
        <a class="button" href=${metricsOf(trace)}>Its service at that time</a>
        ${pages.jaeger && html`<a class="button" href=${`${pages.jaeger}/trace/${trace.id}`} target="_blank" rel="noreferrer">Open in Jaeger</a>`}
      </div>
    </div>
    <ul class="services">
      ${[...trace.services].map(([name, count]) => html`<li><span class="dot" ref=${(element) => element && (element.style.background = serviceColor(name))}></span> ${name} <span class="dim">${count}</span></li>`)}
    </ul>
    <div class=${classes("trace-panes", chosen && "with-details")}>
      <${Waterfall} trace=${trace} spans=${visible} chosen=${chosen} onChoose=${choose} folded=${folded} onFold=${fold} critical=${critical} />
      ${chosen && html`<${Details} span=${chosen} trace=${trace} onClose=${() => choose(chosen)} />`}
    </div>
    <section class="panel trace-lines">
      <header><h3>${chosen ? `Log lines of this span: ${shownLines.length} of ${lines.data?.length ?? 0}` : `Log lines: ${shownLines.length}`}</h3></header>
      <div class="panel-body">
        ${lines.error ? html`<p class="message bad">${lines.error.message}</p>` : html`<${LogLines} lines=${shownLines} label="Log lines of the trace" />`}
      </div>
    </section>
  </div>`;
}

function metricsOf(trace) {
  const from = Math.round(trace.start - 15 * AROUND_MS);
  const to = Math.round(Math.min(trace.end + 15 * AROUND_MS, Date.now()));
  const route = trace.root.attributes["http.route"];
  const parameters = new URLSearchParams([["from", from], ["to", to], ["var-service", trace.root.service], ...(route ? [["var-route", route]] : [])]);
  return `/d/service?${parameters}`;
}

function unfolded(trace, folded) {
  const spans = [];
  const hidden = new Set();
  for (const span of trace.spans) {
    if (hidden.has(span.parentId)) hidden.add(span.id);
    else spans.push(span);
    if (folded.has(span.id)) hidden.add(span.id);
  }
  return spans;
}

/** Only the rows in view are elements: a thousand spans scroll as ten do. */
function Waterfall({ trace, spans, chosen, onChoose, folded, onFold, critical }) {
  const scroller = useRef();
  const [view, setView] = useState({ top: 0, height: 600 });
  useEffect(() => {
    const element = scroller.current;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  const first = Math.max(0, Math.floor(view.top / ROW) - AHEAD);
  const last = Math.min(spans.length, Math.ceil((view.top + view.height) / ROW) + AHEAD);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return html`<section class="panel waterfall" aria-label="Waterfall">
    <div class="span-row head"><span class="span-name">Span</span><span class="span-time">${ticks.map((share) => html`<i ref=${(element) => element && (element.style.left = `${share * 100}%`)}>${duration(trace.duration * share)}</i>`)}</span></div>
    <div class="spans" ref=${scroller} tabindex="0" role="group" aria-label=${`${spans.length} spans`}>
      <div style=${{ height: `${first * ROW}px` }}></div>
      ${spans.slice(first, last).map((span) => html`<${SpanRow} key=${span.id} span=${span} trace=${trace} isChosen=${span === chosen} onChoose=${onChoose} isFolded=${folded.has(span.id)} onFold=${onFold} critical=${critical} />`)}
      <div style=${{ height: `${(spans.length - last) * ROW}px` }}></div>
    </div>
  </section>`;
}

function SpanRow({ span, trace, isChosen, onChoose, isFolded, onFold, critical }) {
  const share = (time) => ((time - trace.start) / (trace.duration || 1)) * 100;
  const bar = (element) => {
    if (!element) return;
    element.style.left = `${share(span.start)}%`;
    element.style.width = `${Math.max((span.duration / (trace.duration || 1)) * 100, 0.15)}%`;
    element.style.background = serviceColor(span.service);
  };
  const late = share(span.end) > 82;
  const label = (element) => {
    if (!element) return;
    element.style.left = late ? "auto" : `calc(${share(span.end)}% + 6px)`;
    element.style.right = late ? `calc(${100 - share(span.start)}% + 6px)` : "auto";
  };
  return html`<div class=${classes("span-row", isChosen && "chosen", span.error && "failed")}>
    <span class="span-name" ref=${(element) => element && element.style.setProperty("--depth", Math.min(span.depth, 14))}>
      ${span.children.length > 0
        ? html`<button type="button" class="quiet fold" aria-expanded=${!isFolded} aria-label=${`${isFolded ? "Unfold" : "Fold"} ${span.name}`} onClick=${() => onFold(span)}>${isFolded ? "▸" : "▾"}</button>`
        : html`<span class="fold"></span>`}
      <button type="button" class="span-button" aria-pressed=${isChosen} title=${`${span.service}: ${span.name}`} onClick=${() => onChoose(span)}>
        <b ref=${(element) => element && (element.style.color = serviceColor(span.service))}>${span.service}</b> ${span.name}
        ${span.error && html` <span class="bad" title="failed">✕</span>`}${span.links.length > 0 && html` <span class="dim" title="has links">⇢</span>`}
      </button>
    </span>
    <span class="span-time" onClick=${() => onChoose(span)}>
      <i class="span-bar" ref=${bar}></i>
      ${critical && span.critical.map(([from, to]) => html`<i class="critical" ref=${(element) => { if (element) { element.style.left = `${share(from)}%`; element.style.width = `${Math.max(share(to) - share(from), 0.1)}%`; } }}></i>`)}
      ${span.events.map((event) => html`<i class="event" title=${event.name} ref=${(element) => element && (element.style.left = `${share(event.time)}%`)}></i>`)}
      <span class="span-duration" ref=${label}>${duration(span.duration)} ${String(span.status)}</span>
    </span>
  </div>`;
}

function Details({ span, trace, onClose }) {
  const own = span.critical.reduce((sum, [from, to]) => sum + to - from, 0);
  return html`<aside class="box details" aria-label="Span">
    <div class="view-head">
      <h2>${span.service}: ${span.name}</h2>
      <button type="button" class="quiet" aria-label="Close" onClick=${onClose}>✕</button>
    </div>
    <p class="dim">${span.kind} · starts after ${duration(span.start - trace.start)} · takes ${duration(span.duration)}${own > 0 && ` · ${duration(own)} on the critical path`}</p>
    <h3>Attributes</h3>
    <${Fields} fields=${span.attributes} />
    ${span.events.length > 0 && html`<h3>Events</h3>`}
    ${span.events.map((event) => html`<p>${event.name} <span class="dim">after ${duration(event.time - trace.start)}</span></p><${Fields} fields=${event.attributes} />`)}
    ${span.links.length > 0 && html`<h3>Links</h3>`}
    <ul>${span.links.map((link) => html`<li><a href=${at(`/trace/${link.traceId}`, { span: link.spanId })}>${link.traceId === trace.id ? "in this trace" : `trace ${link.traceId.slice(0, 8)}`}</a></li>`)}</ul>
    <h3>Resource</h3>
    <${Fields} fields=${{ "service.name": span.service, ...span.resource }} />
    <p class="dim mono">span ${span.id}</p>
  </aside>`;
}

function Fields({ fields }) {
  const entries = Object.entries(fields).sort(([a], [b]) => a.localeCompare(b));
  return html`<dl class="fields">${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${String(value)}</dd>`)}</dl>`;
}

