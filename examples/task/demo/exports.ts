/** For the demo alone: the month's orders, as a list that is too large and as a stream that breaks. */

const row = (index: number): string =>
  `ORD-${String(index).padStart(6, "0")},Ada Lovelace,TEA-001,${index}\n`;

/** 7 MB of orders. */
export const hugeList = async () => ({
  orders: Array.from({ length: 195_000 }, (_, index) => row(index)),
});

const CONNECTION = "postgres://orders_app:S3cure-Pa55word@db.internal:5432/orders";

/** What only the inside may know. */
export const SECRETS: readonly string[] = ["S3cure-Pa55word", "db.internal"];

export const connectionLost = (): Error => new Error(`Connection terminated: ${CONNECTION}`);

/** Rows as they come from a database whose connection breaks half-way. */
export async function* brokenRows(): AsyncGenerator<string> {
  for (let index = 0; index < 1_000; index++) {
    if (index === 500) throw connectionLost();
    yield row(index);
  }
}
