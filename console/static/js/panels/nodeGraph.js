// Who calls whom: the table of edges that Grafana's node graph reads, laid out from callers to called.
import { Graph, layout } from "../../vendor/dagre.js";
import { serviceColor } from "../lib/colors.js";
import { formatted } from "../lib/format.js";
import { at, navigate } from "../lib/location.js";
import { transformed } from "../lib/transformations.js";
import { classes, html, useMemo } from "../lib/ui.js";

const NODE = { width: 128, height: 40 };
const LABEL = { width: 122, height: 30 };
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
      ${drawing.edges.map((edge) => html`<${Edge} edge=${edge} key=${edge.id} />`)}
      ${drawing.nodes.map((node) => html`<${Node} node=${node} key=${node.id} />`)}
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
  for (const name of new Set(edges.flatMap((edge) => [edge.source, edge.target]))) graph.setNode(name, { ...NODE });
  for (const edge of edges) graph.setEdge(edge.source, edge.target, { ...LABEL, labelpos: "c", edge }, edge.id);
  layout(graph);
  const size = graph.graph();
  const nodes = graph.nodes().map((id) => {
    const incoming = edges.filter((edge) => edge.target === id);
    const outgoing = edges.filter((edge) => edge.source === id);
    const sum = (list, key) => list.reduce((total, edge) => total + edge[key], 0);
    const rate = incoming.length ? sum(incoming, "rate") : sum(outgoing, "rate");
    const { x, y } = graph.node(id);
    return { id, x, y, rate, failed: sum(incoming, "failed") };
  });
  const drawn = graph.edges().map((each) => {
    const { points, x, y, edge } = graph.edge(each);
    return { ...edge, points, x, y };
  });
  return { width: Math.max(size.width || 0, 200), height: Math.max(size.height || 0, 80), nodes, edges: drawn };
}

function Edge({ edge }) {
  const failing = edge.share > FAILING;
  const slow = edge.latency > SLOW_S;
  const description = `${edge.source} → ${edge.target}: ${formatted(edge.rate, "reqps")}, ${formatted(edge.share, "percentunit")} failed, p95 ${formatted(edge.latency, "s")}`;
  return html`<g class=${classes("edge", failing && "failing")}>
    <title>${description}</title>
    <path d=${curve(edge.points)} marker-end=${`url(#arrow-${failing ? "bad" : "dim"})`} stroke-width=${(1.2 + Math.min(2.4, Math.log10(1 + edge.rate))).toFixed(1)} />
    <rect x=${edge.x - LABEL.width / 2} y=${edge.y - 15} width=${LABEL.width} height="30" rx="3" />
    <text x=${edge.x} y=${edge.y - 3}>${formatted(edge.rate, "reqps")}</text>
    <text x=${edge.x} y=${edge.y + 10} class="small">
      <tspan class=${failing ? "bad" : "ok"}>${failing ? formatted(edge.share, "percentunit") : "0%"} err</tspan>
      <tspan class=${slow ? "bad" : ""}> · p95 ${formatted(edge.latency, "s")}</tspan>
    </text>
  </g>`;
}

function Node({ node }) {
  const share = node.rate ? node.failed / node.rate : 0;
  const open = () => navigate(at("/d/service", { "var-service": node.id }));
  const paint = (element) => element && (element.style.fill = serviceColor(node.id));
  return html`<g class=${classes("node", share > FAILING && "failing")} transform=${`translate(${node.x - NODE.width / 2},${node.y - NODE.height / 2})`} onClick=${open}>
    <title>${`${node.id}: open its dashboard`}</title>
    <rect width=${NODE.width} height=${NODE.height} rx="4" />
    <rect class="color" width="4" height=${NODE.height} rx="2" ref=${paint} />
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

