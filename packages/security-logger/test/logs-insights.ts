/**
 * As much of the query language of CloudWatch Logs Insights as docs/monitoring.md has: `fields`,
 * `filter`, `parse`, `stats`, `sort` and `limit`, on lines of JSON ("CloudWatch Logs Insights language
 * query syntax").
 */

export type Row = Record<string, unknown>;

/** The rows that a query gives for these lines. */
export function runQuery(query: string, lines: readonly string[]): readonly Row[] {
  let rows: readonly Row[] = lines.map((line) => {
    const record = JSON.parse(line) as Row;
    return { ...flatten(record), "@message": line, "@timestamp": record.timestamp };
  });
  let shown: readonly string[] = [];
  for (const command of splitAt(query, "|")) {
    const [name = "", ...rest] = command.trim().split(/\s+/);
    const body = rest.join(" ");
    if (name === "fields") {
      const columns = splitAt(body, ",").map(column);
      shown = [...shown, ...columns.map(([title]) => title)];
      rows = rows.map((row) => ({ ...row, ...rowOf(columns, row) }));
    } else if (name === "filter") {
      const matches = new Expression(body).parse();
      rows = rows.filter((row) => Boolean(matches(row)));
    } else if (name === "parse") {
      rows = rows.map((row) => ({ ...row, ...extract(body, row) }));
    } else if (name === "stats") {
      const [columns, groups] = statistics(body);
      rows = aggregate(rows, columns, groups);
      shown = [...groups, ...columns].map(([title]) => title);
    } else if (name === "sort") {
      rows = sorted(rows, body);
    } else if (name === "limit") {
      rows = rows.slice(0, Number(body));
    } else throw new SyntaxError(`Not a command of these queries: ${command}`);
  }
  const columns = shown.length === 0 ? ["@timestamp", "@message"] : shown;
  return rows.map((row) =>
    Object.fromEntries(
      columns.flatMap((title) => (row[title] === undefined ? [] : [[title, row[title]]])),
    ),
  );
}

/** Nested members have names with dots; `true` is 1. */
function flatten(record: Row, prefix = ""): Row {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]): [string, unknown][] => {
      if (typeof value === "object" && value !== null) {
        return Object.entries(flatten(value as Row, `${prefix}${name}.`));
      }
      return [[`${prefix}${name}`, typeof value === "boolean" ? Number(value) : value]];
    }),
  );
}

/** Splits where the mark stands outside of quotes, patterns and parentheses. */
function splitAt(text: string, mark: string): readonly string[] {
  const parts = [""];
  for (const [token] of text.matchAll(/"[^"]*"|\/(?:[^/\\\n]|\\.)+\/|\([^)]*\)|[\s\S]/g)) {
    if (token === mark) parts.push("");
    else parts[parts.length - 1] += token;
  }
  return parts;
}

type Read = (row: Row) => unknown;
type Column = readonly [title: string, read: Read];

function column(text: string): Column {
  const [, expression = "", title] = /^\s*(.*?)(?:\s+as\s+([\w.]+))?\s*$/.exec(text) ?? [];
  return [title ?? expression, new Expression(expression).parse()];
}

const rowOf = (columns: readonly Column[], row: Row): Row =>
  Object.fromEntries(columns.map(([title, read]) => [title, read(row)]));

/** Conditions and values, by recursive descent. */
class Expression {
  readonly #tokens: string[];

  constructor(text: string) {
    const pattern =
      /"[^"]*"|\/(?:[^/\\]|\\.)+\/|\d+[smhd]\b|\d+(?:\.\d+)?|[@\w][\w.@]*|[<>!]=|[=<>(),[\]]/g;
    this.#tokens = text.match(pattern) ?? [];
  }

  parse(): Read {
    const read = this.#either();
    if (this.#tokens.length > 0) throw new SyntaxError(`Left over: ${this.#tokens.join(" ")}`);
    return read;
  }

  #take(token: string): boolean {
    const isNext = this.#tokens[0] === token;
    if (isNext) this.#tokens.shift();
    return isNext;
  }

  #either(): Read {
    const left = this.#both();
    if (!this.#take("or")) return left;
    const right = this.#either();
    return (row) => Boolean(left(row)) || Boolean(right(row));
  }

  #both(): Read {
    const left = this.#comparison();
    if (!this.#take("and")) return left;
    const right = this.#both();
    return (row) => Boolean(left(row)) && Boolean(right(row));
  }

  #comparison(): Read {
    if (this.#take("not")) {
      const read = this.#comparison();
      return (row) => !read(row);
    }
    const left = this.#value();
    const [operator = ""] = this.#tokens;
    const compare = COMPARISONS[operator];
    if (compare === undefined) return left;
    this.#tokens.shift();
    const right = operator === "in" ? this.#list() : this.#value();
    return (row) => compare(left(row), right(row));
  }

  #list(): Read {
    const values: Read[] = [];
    if (!this.#take("[")) throw new SyntaxError("A list is expected.");
    while (!this.#take("]")) {
      values.push(this.#value());
      this.#take(",");
    }
    return (row) => values.map((read) => read(row));
  }

  #value(): Read {
    const token = this.#tokens.shift();
    if (token === undefined) throw new SyntaxError("A value is expected.");
    if (token.startsWith('"')) return () => token.slice(1, -1);
    if (token.startsWith("/")) return () => new RegExp(token.slice(1, -1));
    if (/^\d+(?:\.\d+)?$/.test(token)) return () => Number(token);
    if (/^\d+[smhd]$/.test(token)) return () => token;
    if (!this.#take("(")) return (row) => row[token];
    const given: Read[] = [];
    while (!this.#take(")")) {
      given.push(this.#value());
      this.#take(",");
    }
    const call = FUNCTIONS[token];
    if (call === undefined) throw new SyntaxError(`Not a function of these queries: ${token}`);
    return (row) => call(row, ...given.map((read) => read(row)));
  }
}

const COMPARISONS: Readonly<Record<string, (left: unknown, right: unknown) => boolean>> = {
  "=": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => Number(left) < Number(right),
  "<=": (left, right) => Number(left) <= Number(right),
  ">": (left, right) => Number(left) > Number(right),
  ">=": (left, right) => Number(left) >= Number(right),
  in: (left, right) => (right as unknown[]).includes(left),
  like: (left, right) =>
    typeof left === "string" &&
    (right instanceof RegExp ? right.test(left) : left.includes(String(right))),
};

const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

const FUNCTIONS: Readonly<Record<string, (row: Row, ...values: unknown[]) => unknown>> = {
  ispresent: (_row, value) => value !== undefined,
  strcontains: (_row, text, part) => Number(String(text).includes(String(part))),
  bin: (row, period) => {
    const ms =
      Number.parseInt(String(period), 10) * (UNITS[String(period).slice(-1)] ?? Number.NaN);
    const time = Date.parse(String(row["@timestamp"]));
    return new Date(time - (time % ms)).toISOString();
  },
};

/** `parse field /pattern with (?<names>)/`, or `parse field "glob:*" as names`. */
function extract(body: string, row: Row): Row {
  const [, field = "", regular, glob = "", titles = ""] =
    /^([\w.@]+) (?:\/(.+)\/|"(.+)" as (.+))$/.exec(body) ?? [];
  const text = String(row[field] ?? "");
  if (regular !== undefined) return { ...new RegExp(regular).exec(text)?.groups };
  const pattern = glob.split("*").map((part) => part.replace(/[^\w\s]/g, "\\$&"));
  const [found, ...values] = new RegExp(`^${pattern.join("(.*?)")}$`).exec(text) ?? [];
  if (found === undefined) return {};
  return Object.fromEntries(titles.split(",").map((title, index) => [title.trim(), values[index]]));
}

type Statistic = readonly [title: string, count: (rows: readonly Row[]) => unknown];

function statistics(body: string): readonly [readonly Statistic[], readonly Column[]] {
  const [aggregates = "", groups = ""] = body.split(" by ");
  const columns = splitAt(aggregates, ",").map((text): Statistic => {
    const [, name = "", field = "", title] =
      /^\s*(\w+)\(([^)]*)\)(?:\s+as\s+(\w+))?\s*$/.exec(text) ?? [];
    return [title ?? text.trim(), (rows) => AGGREGATES[name]?.(numbersIn(rows, field), rows)];
  });
  return [columns, groups === "" ? [] : splitAt(groups, ",").map(column)];
}

const numbersIn = (rows: readonly Row[], field: string): readonly number[] =>
  rows.map((row) => row[field]).filter((value): value is number => typeof value === "number");

type Aggregate = (values: readonly number[], rows: readonly Row[]) => number;

const sum: Aggregate = (values) => values.reduce((total, value) => total + value, 0);

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  count: (_values, rows) => rows.length,
  sum,
  max: (values) => Math.max(...values),
  avg: (values, rows) => sum(values, rows) / values.length,
};

function aggregate(
  rows: readonly Row[],
  columns: readonly Statistic[],
  groups: readonly Column[],
): readonly Row[] {
  const byKey = Map.groupBy(rows, (row) => JSON.stringify(rowOf(groups, row)));
  return Array.from(byKey, ([key, members]) => ({
    ...JSON.parse(key),
    ...Object.fromEntries(columns.map(([title, count]) => [title, count(members)])),
  }));
}

function sorted(rows: readonly Row[], body: string): readonly Row[] {
  const [field = "", direction = "asc"] = body.split(" ");
  const sign = direction === "desc" ? -1 : 1;
  return rows.toSorted((left, right) => {
    const [one, other] = [left[field], right[field]];
    if (one === other) return 0;
    return sign * ((one as number | string) < (other as number | string) ? -1 : 1);
  });
}
