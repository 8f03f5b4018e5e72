/**
 * Stands in for the orders' SQL database: rows in memory, and of SQL just what the service sends.
 * It behaves as a real driver does where that matters here: a condition that is true for all rows
 * gives all rows, a broken statement or a lost connection fails with the driver's own words, and
 * an old code path rejects with `null`.
 */

/** The password of the local database. Deployed, it stands encrypted in the environment. */
export const LOCAL_PASSWORD = "S3cure-Pa55word";

/** The local key for signatures, which support once pasted into a note. Deployed, it is in Secrets Manager. */
export const LOCAL_SIGNING_KEY = "whk_5f2d0c9e7a4b4d1c8e6f3a2b";

type Row = Readonly<Record<string, unknown>> & { readonly id: string };

export interface Database {
  /** `SELECT * FROM orders WHERE id = '...'`, on a connection that is opened with the password. */
  query(sql: string, password: string): Promise<Row[]>;
  all(): readonly Row[];
  insert(row: Row): void;
}

export function createDatabase(): Database {
  const rows = new Map<string, Row>(seed().map((row) => [row.id, row]));
  return {
    async query(sql, password) {
      const connection = `postgres://orders_app:${password}@db.internal:5432/orders`;
      const condition = /^SELECT \* FROM orders WHERE id = '([^']*)'(.*)$/s.exec(sql);
      if (condition === null) throw syntaxError(sql, connection);
      const [, id = "", rest = ""] = condition;
      if (/^ OR '([^']*)'='\1'$/i.test(rest)) return [...rows.values()];
      if (rest !== "") throw syntaxError(rest, connection);
      if (id === "ORD-000503") throw connectionLost(connection);
      // The driver of ten years ago: an aborted statement rejects with nothing at all.
      if (id === "ORD-000666") throw null;
      const row = rows.get(id);
      return row === undefined ? [] : [row];
    },
    all: () => [...rows.values()],
    insert(row) {
      rows.set(row.id, row);
    },
  };
}

function syntaxError(sql: string, connection: string): Error {
  const near = sql.trim().split(/\s/)[0] ?? "";
  return Object.assign(new Error(`syntax error at or near "${near}" (${connection})`), {
    code: "42601",
    query: sql,
  });
}

function connectionLost(connection: string): Error {
  return Object.assign(new Error(`Connection terminated unexpectedly: ${connection}`), {
    code: "08006",
    config: { connectionString: connection },
  });
}

function seed(): Row[] {
  const order = (id: string, fields: object): Row => ({
    id,
    status: "received",
    customer: "Ada Lovelace",
    items: [{ sku: "TEA-001", quantity: 2 }],
    total: 9.8,
    ...fields,
  });
  return [
    order("ORD-000001", {}),
    order("ORD-000002", { customer: "Zoë Ångström", status: "shipped" }),
    order("ORD-000003", { customer: "山田太郎", note: "駅の近く 🚉" }),
    // Written by an import that broke off: the items are not JSON.
    order("ORD-000500", { items: '[{"sku":"TEA-001","quan' }),
    // Support pasted what they should not have.
    order("ORD-000700", { note: `Receipt signed by hand with ${LOCAL_SIGNING_KEY}` }),
    // A column that was never meant to leave.
    order("ORD-000701", { internalMargin: 0.62 }),
  ];
}
