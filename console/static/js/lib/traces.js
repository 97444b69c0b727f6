// Traces as Jaeger answers them: spans as a tree, what made them take so long, and what they lead to.

const KINDS = { server: "server", client: "client", producer: "producer", consumer: "consumer" };

/** Of each trace what a list shows. */
export const tracesOf = (found) => found.map(traceOf).filter((trace) => trace.spans.length);

/** Spans in the order of a waterfall, each with its depth; times in milliseconds. */
export function traceOf({ traceID, spans: stored, processes }) {
  const spans = unique(stored).map((span) => spanOf(span, processes[span.processID]));
  const byId = new Map(spans.map((span) => [span.id, span]));
  const roots = [];
  for (const span of spans.sort((a, b) => a.start - b.start || b.duration - a.duration)) {
    const parent = byId.get(span.parentId);
    if (parent && parent !== span) parent.children.push(span);
    else roots.push(span);
  }
  const ordered = [];
  const visit = (span, depth) => {
    if (span.depth >= 0) return;
    span.depth = depth;
    ordered.push(span);
    for (const child of span.children) visit(child, depth + 1);
  };
  for (const root of roots) visit(root, 0);
  const start = Math.min(...ordered.map((span) => span.start));
  const end = Math.max(...ordered.map((span) => span.end));
  markCriticalPath(roots[0]);
  return {
    id: traceID.padStart(32, "0"),
    spans: ordered,
    root: roots[0],
    start,
    end,
    duration: end - start,
    services: countBy(ordered, (span) => span.service),
    errors: ordered.filter((span) => span.error).length,
  };
}

/** What is stored twice is shown once. */
function unique(spans) {
  return [...new Map(spans.map((span) => [span.spanID, span])).values()];
}

function spanOf(span, process) {
  const attributes = attributesOf(span.tags);
  const references = span.references ?? [];
  return {
    id: span.spanID,
    traceId: span.traceID,
    parentId: references.find((each) => each.refType === "CHILD_OF")?.spanID,
    links: references
      .filter((each) => each.refType === "FOLLOWS_FROM")
      .map((each) => ({ traceId: each.traceID.padStart(32, "0"), spanId: each.spanID })),
    name: span.operationName,
    service: process?.serviceName ?? "unknown",
    kind: KINDS[attributes["span.kind"]] ?? "internal",
    start: span.startTime / 1000,
    duration: span.duration / 1000,
    end: (span.startTime + span.duration) / 1000,
    attributes,
    resource: attributesOf(process?.tags),
    events: (span.logs ?? []).map(({ timestamp, fields }) => {
      const { event, ...rest } = attributesOf(fields);
      return { time: timestamp / 1000, name: event ?? "event", attributes: rest };
    }),
    status: attributes["http.response.status_code"] ?? attributes["rpc.response.status_code"] ?? "",
    error: attributes.error === true || attributes.error === "true" || attributes["otel.status_code"] === "ERROR",
    children: [],
    depth: -1,
    critical: [],
  };
}

const attributesOf = (tags) => Object.fromEntries((tags ?? []).map(({ key, value }) => [key, value]));

/**
 * Marks the times in which each span alone held up the trace: walking back from its end, the child that ended
 * last was waited for; before that child began, the one that had ended last by then, and so on.
 */
function markCriticalPath(root) {
  const walk = (span, until) => {
    const limit = Math.min(span.end, until);
    let waitedUntil = limit;
    for (const child of [...span.children].sort((a, b) => b.end - a.end)) {
      const end = Math.min(child.end, limit);
      if (end > waitedUntil || child.start >= end) continue;
      if (waitedUntil > end) span.critical.push([end, waitedUntil]);
      walk(child, end);
      waitedUntil = child.start;
    }
    if (waitedUntil > span.start) span.critical.push([span.start, waitedUntil]);
  };
  if (root) walk(root, root.end);
}

function countBy(items, key) {
  const counts = new Map();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
