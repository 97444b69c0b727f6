// Who calls whom: the table of edges that Grafana's node graph reads, laid out from callers to called.
import { Graph, layout } from "../../vendor/dagre.js";
import { serviceColor } from "../lib/colors.js";
import { formatted } from "../lib/format.js";
import { at, navigate } from "../lib/location.js";
import { transformed } from "../lib/transformations.js";
import { classes, html, useMemo } from "../lib/ui.js";

const NODE_HEIGHT = 40;
const LABEL_HEIGHT = 30;
const FAILING = 0.001;
const SLOW_S = 0.5;

export default function NodeGraph({ panel, answers }) {
  const edges = useMemo(() => edgesOf(transformed(answers, panel.transformations)), [panel, answers]);
  const drawing = useMemo(() => laidOut(edges), [edges]);
  const { width, height } = drawing;
  return html`<div class="map" tabindex="0" role="region" aria-label=${panel.title}>
    <svg ref=${(element) => element && (element.style.maxWidth = `${width * 1.3}px`)} viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${`${panel.title}: ${edges.length} connections`}>
      <defs>
        ${["dim", "bad"].map(
          (kind) => html`<marker id=${`arrow-${kind}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path class=${`arrow ${kind}`} d="M0,0.5 8,4 0,7.5z" />
          </marker>`,
        )}
      </defs>
      ${drawing.edges.map((edge) => html`<${Line} edge=${edge} key=${edge.id} />`)}
      ${drawing.nodes.map((node) => html`<${Node} node=${node} key=${node.id} />`)}
      ${drawing.edges.map((edge) => html`<${Label} edge=${edge} key=${edge.id} />`)}
    </svg>
  </div>`;
}

function edgesOf({ rows }) {
  return rows
    .filter((row) => row.source && row.target && (row.mainstat ?? 0) > 0)
    .map((row) => {
      const failed = row.secondarystat ?? 0;
      const detail = Object.entries(row).find(([name]) => name.startsWith("detail__"))?.[1];
      return {
        id: row.id,
        source: row.source,
        target: row.target,
        rate: row.mainstat,
        failed,
        share: row.mainstat ? failed / row.mainstat : 0,
        latency: Number.isFinite(detail) ? detail : undefined,
      };
    })
    .sort((a, b) => a.id.localeCompare(b.id));
}

function laidOut(edges) {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 8, edgesep: 8, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of new Set(edges.flatMap((edge) => [edge.source, edge.target]))) graph.setNode(name, { width: Math.max(96, widthOf(name, 13.5) + 24), height: NODE_HEIGHT });
  for (const edge of edges) graph.setEdge(edge.source, edge.target, { width: Math.max(...labelOf(edge).map((text) => widthOf(text, 12))) + 6, height: LABEL_HEIGHT, labelpos: "c", edge }, edge.id);
  layout(graph);
  const size = graph.graph();
  const nodes = graph.nodes().map((id) => {
    const incoming = edges.filter((edge) => edge.target === id);
    const outgoing = edges.filter((edge) => edge.source === id);
    const sum = (list, key) => list.reduce((total, edge) => total + edge[key], 0);
    const rate = incoming.length ? sum(incoming, "rate") : sum(outgoing, "rate");
    const { x, y, width } = graph.node(id);
    return { id, x, y, width, rate, failed: sum(incoming, "failed") };
  });
  const drawn = graph.edges().map((each) => {
    const { points, x, y, width, edge } = graph.edge(each);
    return { ...edge, points, x, y, width };
  });
  return { width: Math.max(size.width || 0, 200), height: Math.max(size.height || 0, 80), nodes, edges: drawn };
}

const pen = document.createElement("canvas").getContext("2d");

/** Of a text, in bold letters of this size in pixels. */
function widthOf(text, size) {
  pen.font = `600 ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

const failing = (edge) => edge.share > FAILING;
const slow = (edge) => edge.latency > SLOW_S;

/** The rate above; failures and latency below. */
function labelOf(edge) {
  return [formatted(edge.rate, "reqps"), `${failing(edge) ? formatted(edge.share, "percentunit") : "0%"} err · p95 ${formatted(edge.latency, "s")}`];
}

function Line({ edge }) {
  return html`<path class=${classes("line", failing(edge) && "failing")} d=${curve(edge.points)} marker-end=${`url(#arrow-${failing(edge) ? "bad" : "dim"})`}
    stroke-width=${(1.2 + Math.min(2.4, Math.log10(1 + edge.rate))).toFixed(1)} />`;
}

function Label({ edge }) {
  const [rate, rest] = labelOf(edge);
  const [errors, latency] = rest.split(" · ");
  return html`<g class="edge">
    <title>${`${edge.source} → ${edge.target}: ${rate}, ${formatted(edge.share, "percentunit")} failed, p95 ${formatted(edge.latency, "s")}`}</title>
    <rect x=${edge.x - edge.width / 2} y=${edge.y - 15} width=${edge.width} height=${LABEL_HEIGHT} rx="3" />
    <text x=${edge.x} y=${edge.y - 3}>${rate}</text>
    <text x=${edge.x} y=${edge.y + 10} class="small"><tspan class=${failing(edge) ? "bad" : "ok"}>${errors}</tspan><tspan class=${slow(edge) ? "bad" : ""}> · ${latency}</tspan></text>
  </g>`;
}

function Node({ node }) {
  const share = node.rate ? node.failed / node.rate : 0;
  const open = () => navigate(at("/d/service", { "var-service": node.id }));
  const paint = (element) => element && (element.style.fill = serviceColor(node.id));
  return html`<g class=${classes("node", share > FAILING && "failing")} transform=${`translate(${node.x - node.width / 2},${node.y - NODE_HEIGHT / 2})`} onClick=${open}>
    <title>${`${node.id}: open its dashboard`}</title>
    <rect width=${node.width} height=${NODE_HEIGHT} rx="4" />
    <rect class="color" width="4" height=${NODE_HEIGHT} rx="2" ref=${paint} />
    <text x="14" y="17" class="name">${node.id}</text>
    <text x="14" y="31" class="small">${formatted(node.rate, "reqps")}</text>
  </g>`;
}

function curve(points) {
  const [first, ...rest] = points;
  if (rest.length < 2) return `M${first.x},${first.y}L${rest.map(({ x, y }) => `${x},${y}`).join(" ")}`;
  let path = `M${first.x},${first.y}`;
  for (let index = 0; index < rest.length - 1; index++) {
    const [here, next] = [rest[index], rest[index + 1]];
    const last = index === rest.length - 2;
    const end = last ? next : { x: (here.x + next.x) / 2, y: (here.y + next.y) / 2 };
    path += `Q${here.x},${here.y} ${end.x},${end.y}`;
  }
  return path;
}

