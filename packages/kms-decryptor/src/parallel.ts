/**
 * Bounded parallelism.
 *
 * @module
 */

/** Runs `work` for every item, for at most `max` at the same time; `work` keeps its errors to itself. */
export async function inParallel<Item>(
  items: Iterable<Item>,
  max: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const iterator = queue.values();
  // All workers draw from one iterator.
  const worker = async (): Promise<void> => {
    for (const item of iterator) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(max, queue.length) }, worker));
}
