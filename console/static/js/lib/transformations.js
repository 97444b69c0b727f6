// Grafana's transformations, as far as the dashboards use them: on tables of {columns, rows}.

const merge = (tables) => {
  if (tables.length < 2) return tables;
  const columns = [...new Set(tables.flatMap((table) => table.columns))];
  const shared = tables[0].columns.filter((column) => tables.every((table) => table.columns.includes(column)));
  const rows = new Map();
  for (const table of tables) {
    for (const row of table.rows) {
      const key = JSON.stringify(shared.map((column) => row[column]));
      rows.set(key, { ...rows.get(key), ...row });
    }
  }
  return [{ columns, rows: [...rows.values()] }];
};

const organize = (tables, { excludeByName = {}, indexByName = {}, renameByName = {} }) =>
  tables.map(({ columns, rows }) => {
    const place = (column) => indexByName[column] ?? Number.MAX_SAFE_INTEGER;
    const kept = columns.filter((column) => !excludeByName[column]).sort((a, b) => place(a) - place(b));
    const title = (column) => renameByName[column] || column;
    return {
      columns: kept.map(title),
      rows: rows.map((row) => Object.fromEntries(kept.map((column) => [title(column), row[column]]))),
    };
  });

const calculateField = (tables, { alias, mode, reduce }) =>
  tables.map(({ columns, rows }) => {
    if (mode !== "reduceRow" || reduce.reducer !== "sum") throw new Error("The console can only add the fields of a row.");
    const value = (row) => {
      const numbers = reduce.include.map((name) => row[name]).filter((each) => each !== undefined);
      return numbers.length ? numbers.reduce((sum, each) => sum + each, 0) : undefined;
    };
    return { columns: [...columns, alias], rows: rows.map((row) => ({ ...row, [alias]: value(row) })) };
  });

const filterFieldsByName = (tables, { include }) => {
  const names = new Set(include?.names ?? []);
  return tables.map(({ columns, rows }) => ({ columns: columns.filter((column) => names.has(column)), rows }));
};

const sortBy = (tables, { sort }) =>
  tables.map(({ columns, rows }) => {
    const [{ field, desc }] = sort;
    const ordered = [...rows].sort((a, b) => compare(a[field], b[field]));
    return { columns, rows: desc ? ordered.reverse() : ordered };
  });

const limit = (tables, { limitField }) => tables.map(({ columns, rows }) => ({ columns, rows: rows.slice(0, limitField) }));

export const TRANSFORMATIONS = { merge, organize, calculateField, filterFieldsByName, sortBy, limit };

/** The table that a panel shows. */
export function transformed(answers, transformations = []) {
  const several = answers.filter((answer) => answer.rows).length > 1;
  let tables = answers.filter((answer) => answer.rows).map((answer) => tableOf(answer, several));
  for (const { id, options, disabled } of transformations) {
    if (disabled) continue;
    if (!TRANSFORMATIONS[id]) throw new Error(`The console does not know the transformation ${id}.`);
    tables = TRANSFORMATIONS[id](tables, options);
  }
  return tables[0] ?? { columns: [], rows: [] };
}

/** Grafana names the value of each query by its refId when there are several. */
function tableOf({ refId, rows }, several) {
  const value = several ? `Value #${refId}` : "Value";
  const named = rows.map(({ Value, __name__, ...labels }) => ({ ...labels, [value]: Value }));
  return { columns: [...new Set(named.flatMap(Object.keys))], rows: named };
}

export function compare(a, b) {
  const missing = (value) => value === undefined || value === null || Number.isNaN(value);
  if (missing(a) || missing(b)) return Number(missing(b)) - Number(missing(a));
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
}
