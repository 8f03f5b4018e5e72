/**
 * The order service: what a team writes when it thinks of orders, not of attackers.
 *
 * Nothing here checks its input, and some of it is careless in the ways that reviews let pass:
 * statements and file names are put together from ids, fields are copied over, an error is
 * answered with its stack. `handler.ts` puts the protection around it.
 */
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Database } from "./database.ts";

/** What an operation knows of its request, and the credentials to serve it with. */
export interface Caller {
  readonly origin?: string | undefined;
  readonly databasePassword: string;
  readonly signingKey: string;
}

export interface NewOrder {
  readonly customer: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly express?: boolean | undefined;
  readonly note?: string | undefined;
  readonly preferences?: object | undefined;
}

export interface Listing {
  readonly status?: string | undefined;
  readonly limit?: number | undefined;
}

export interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

const PRICES: Readonly<Record<string, number>> = { "TEA-001": 4.9, "MUG-002": 12.5, "POT-003": 39 };

export function createOrders(database: Database) {
  let next = 1000;

  return {
    async create(input: NewOrder, caller: Caller): Promise<Answer> {
      const id = `ORD-${String(next++).padStart(6, "0")}`;
      const total = input.items.reduce(
        (sum, item) => sum + (PRICES[item.sku] ?? 0) * item.quantity,
        input.express ? 15 : 0,
      );
      const order = {
        id,
        status: "received",
        discountPercent: 0,
        total,
        ...input,
        preferences: merge({ language: "en", giftWrap: false }, input.preferences ?? {}),
        signature: createHmac("sha256", caller.signingKey).update(id).digest("base64url"),
      };
      database.insert(order);
      console.log(`order ${id} placed by ${input.customer}`);
      return answer(201, order, caller, { location: `/orders/${id}` });
    },

    async get(id: string, caller: Caller): Promise<Answer> {
      const rows = await database.query(
        `SELECT * FROM orders WHERE id = '${id}'`,
        caller.databasePassword,
      );
      if (rows.length > 1) return answer(200, rows, caller);
      try {
        const row = rows[0];
        const receipt = await readReceipt(id);
        if (row === undefined && receipt === undefined) {
          return answer(404, { code: "order_not_found" }, caller);
        }
        const items = typeof row?.items === "string" ? JSON.parse(row.items) : row?.items;
        return answer(200, { ...row, items, receipt }, caller);
      } catch (error) {
        return answer(500, { error: (error as Error).stack }, caller);
      }
    },

    async list(query: Listing, caller: Caller): Promise<Answer> {
      const { status, limit = 20 } = query;
      const found = database.all().filter((row) => status === undefined || row.status === status);
      const orders = found.slice(0, limit).map(({ id, status }) => ({ id, status }));
      return answer(200, { orders }, caller, { "x-filter": status ?? "all" });
    },
  };
}

/** Receipts are text files named after their order. */
async function readReceipt(id: string): Promise<string | undefined> {
  try {
    return await readFile(new URL(`../data/receipts/${id}.txt`, import.meta.url), "utf8");
  } catch {
    return undefined;
  }
}

/** Copies `changes` into `target`, objects within objects included. */
function merge(target: Record<string, unknown>, changes: object): Record<string, unknown> {
  for (const [key, value] of Object.entries(changes)) {
    if (typeof value === "object" && value !== null) {
      target[key] = merge((target[key] as Record<string, unknown> | undefined) ?? {}, value);
    } else {
      target[key] = value;
    }
  }
  return target;
}

function answer(
  statusCode: number,
  content: unknown,
  caller: Caller,
  headers: Record<string, string> = {},
): Answer {
  return {
    statusCode,
    headers: {
      "content-type": "application/json",
      "x-powered-by": "orders/1.4.2",
      // Any shop front end may call us.
      "access-control-allow-origin": caller.origin ?? "*",
      "access-control-allow-credentials": "true",
      ...headers,
    },
    body: JSON.stringify(content),
  };
}
