// Log lines as Loki answers them.

/** Newest first, whatever stream they are from. */
export function linesOf(streams) {
  const lines = streams.flatMap(({ stream, values }) =>
    values.map(([time, message, categories]) => {
      const fields = { ...categories?.structuredMetadata, ...categories?.parsed };
      return {
        ns: BigInt(time),
        time: Number(BigInt(time) / 1000n) / 1000,
        message,
        labels: stream,
        fields,
        service: stream.service_name ?? fields.service ?? "",
        level: levelOf(fields.detected_level ?? stream.detected_level ?? fields.severity_text ?? ""),
        traceId: fields.trace_id ?? stream.trace_id,
      };
    }),
  );
  return lines.sort((a, b) => (a.ns < b.ns ? 1 : a.ns > b.ns ? -1 : 0));
}

export const LEVELS = ["debug", "info", "warn", "error", "critical", "unknown"];

export function levelOf(text) {
  const level = text.toLowerCase();
  if (level === "warning") return "warn";
  if (level === "fatal") return "critical";
  return LEVELS.includes(level) ? level : "unknown";
}
