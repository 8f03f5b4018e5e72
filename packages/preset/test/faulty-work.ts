/**
 * Random records whose work goes wrong in every way, for properties of workers.
 */
import fc from "fast-check";

/** How the work on a record goes. */
export type Fault =
  /** Takes its time, and heeds the signal or does not. */
  | { readonly kind: "works"; readonly ms: number; readonly heeds: boolean }
  /** Fails this often before it works. */
  | {
      readonly kind: "throws";
      readonly times: number;
      readonly ms: number;
      readonly thrown: unknown;
    }
  /** Never ends, this often, before it works. */
  | { readonly kind: "hangs"; readonly times: number; readonly heeds: boolean }
  /** Never even gets to the handler. */
  | { readonly kind: "poison"; readonly text: string };

const times = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant(Number.POSITIVE_INFINITY));

const fault: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("works" as const),
      ms: fc.integer({ min: 0, max: 400 }),
      heeds: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("throws" as const),
      times,
      ms: fc.integer({ min: 0, max: 200 }),
      thrown: fc.constantFrom(new Error("no"), undefined, null, "no", Object.freeze({})),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("hangs" as const), times, heeds: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("poison" as const),
      text: fc.constantFrom("{", "null", '{"number":-1}', '{"number":1,"isAdmin":true}', ""),
    }),
  },
);

export const plan = fc.record({
  records: fc.array(fc.record({ fault, group: fc.constantFrom("ada", "bob", "cyd") }), {
    minLength: 1,
    maxLength: 14,
  }),
  batchSize: fc.integer({ min: 1, max: 10 }),
  parallel: fc.integer({ min: 1, max: 4 }),
  functionTimeoutMs: fc.integer({ min: 400, max: 2_000 }),
  reserveMs: fc.integer({ min: 50, max: 300 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  bisects: fc.boolean(),
  /** How many invocations never get to the handler: a `before` of the team's own hangs. */
  hangingInvocations: fc.integer({ min: 0, max: 2 }),
  /** How long a handler still works when its records are done. */
  flushMs: fc.integer({ min: 0, max: 20 }),
});

export type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

/** A middleware of the team's own that waits for what does not come. */
export function hanging({ hangingInvocations }: Plan) {
  let invocations = 0;
  return {
    before: (): Promise<void> | undefined =>
      invocations++ < hangingInvocations ? new Promise<void>(() => {}) : undefined,
  };
}

/** The work of a plan's records, which tells the source what is done. */
export function workOf({ records }: Plan, done: (id: string) => void) {
  const attempts = new Map<number, number>();
  return async (number: number, id: string, signal: AbortSignal): Promise<void> => {
    const attempt = (attempts.get(number) ?? 0) + 1;
    attempts.set(number, attempt);
    const fault = records[number]?.fault;
    if (fault?.kind === "throws") {
      await waitFor(fault.ms, signal);
      if (attempt <= fault.times) throw fault.thrown;
    } else if (fault?.kind === "hangs" && attempt <= fault.times) {
      await waitFor(Number.POSITIVE_INFINITY, fault.heeds ? signal : undefined);
    } else if (fault?.kind === "works") {
      await waitFor(fault.ms, fault.heeds ? signal : undefined);
    }
    done(id);
  };
}

function waitFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (Number.isFinite(ms)) setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

export const bodyOf = (
  { fault }: Plan["records"][number],
  number: number,
): string | { number: number } => (fault.kind === "poison" ? fault.text : { number });

/** The handler's last work, of which the records' outcome does not depend. */
export async function flush<Answer>({ flushMs }: Plan, answer: Promise<Answer>): Promise<Answer> {
  const given = await answer;
  await waitFor(flushMs, undefined);
  return given;
}
