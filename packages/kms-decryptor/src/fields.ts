/**
 * Event fields that hold ciphertext: found by pointer, decrypted, replaced by secrets.
 *
 * @module
 */
import type { Request } from "@middy/core";
import { deadlineOf, invocationOf, type Secret, untilAborted } from "@middy-hardening/core";
import { messageDecryptor } from "./encryption-sdk.ts";
import { DecryptionFailure, failureOf, misconfigured, undecryptable } from "./failure.ts";
import { type Place, parsePointer, placesOf, replace, withIndexes } from "./json-pointer.ts";
import type { Budget, Kms } from "./kms.ts";
import type { ContextValue, FieldOptions } from "./options.ts";
import { inParallel } from "./parallel.ts";
import { bytesOf, secretOf } from "./plaintext.ts";
import { refuseField } from "./refusal.ts";

/** Decrypts one field's ciphertext; the caller zeroes what it gets. */
export type FieldDecryptor = (
  ciphertext: Uint8Array,
  encryptionContext: Readonly<Record<string, string>>,
  budget: Budget,
) => Promise<Uint8Array>;

/** The fields of a factory. */
export interface Fields {
  /**
   * Replaces every encrypted field of the event by its secret, or none; `undefined` when there is
   * nothing to decrypt.
   *
   * @throws what {@link refuseField} throws.
   */
  decrypt(request: Request): Promise<void> | undefined;
  /** Disposes the secrets of an invocation once all that acts on its outcome has. */
  dispose(request: Request): void;
}

interface FieldsSettings {
  readonly fields: Readonly<Record<string, FieldOptions>>;
  readonly timeoutMs: number;
  readonly maxConcurrency: number;
  readonly maxFields: number;
}

interface Field {
  readonly pointer: string;
  readonly segments: readonly string[];
  readonly as: FieldOptions["as"];
  /** The encryption context by name: texts, and where in the event texts are. */
  readonly context: readonly (readonly [string, string | readonly string[]])[];
  readonly decrypt: FieldDecryptor;
  /** The same for fields that are decrypted in the same way. */
  readonly identity: string;
}

interface Target {
  readonly field: Field;
  readonly place: Place;
  readonly ciphertext: string;
  readonly context: readonly (readonly [string, string])[];
}

type FieldSecret = Secret<string | Uint8Array>;

export function fieldsOf(kms: Kms, settings: FieldsSettings): Fields {
  const { timeoutMs, maxConcurrency, maxFields } = settings;
  const fields = Object.entries(settings.fields).map(([pointer, field]) =>
    fieldOf(kms, pointer, field),
  );
  const secretsOf = new WeakMap<Request, readonly FieldSecret[]>();

  function collect(request: Request): Target[] {
    const targets: Target[] = [];
    const event = Object(request.event) as object;
    const open = opener(event, invocationOf(request).http !== undefined);
    for (const field of fields) {
      try {
        for (const place of placesOf(event, field.segments, open)) {
          if (place.value === undefined || place.value === null) continue;
          if (typeof place.value !== "string") throw undecryptable("it is not text");
          if (targets.length === maxFields) throw undecryptable("it is one too many");
          const context = contextOf(field, event, place.indexes, open);
          targets.push({ field, place, ciphertext: place.value, context });
        }
      } catch (error) {
        // Anything else is a hostile object's doing, such as a getter that throws.
        const isKnown = error instanceof DecryptionFailure;
        refuseField(request, field.pointer, isKnown ? error : undecryptable("it is unreadable"));
      }
    }
    return targets;
  }

  async function decryptAll(request: Request, targets: readonly Target[]): Promise<void> {
    const signal = deadlineOf(request.context)?.signal;
    const budget = { endsAt: performance.now() + timeoutMs, signal };
    const equal = Map.groupBy(targets, ({ field, context, ciphertext }) =>
      JSON.stringify([field.identity, context, ciphertext]),
    );
    const decrypted: { readonly target: Target; readonly secret: FieldSecret }[] = [];
    let failed: { readonly target: Target; readonly failure: DecryptionFailure } | undefined;
    const work = inParallel(equal.values(), maxConcurrency, async (group) => {
      if (failed !== undefined) return;
      const [target] = group as [Target];
      try {
        const { field, context, ciphertext } = target;
        const plaintext = await field.decrypt(
          bytesOf(ciphertext),
          Object.fromEntries(context),
          budget,
        );
        try {
          for (const one of group) {
            const secret = secretOf(one.field.pointer, plaintext, one.field.as);
            decrypted.push({ target: one, secret });
          }
        } finally {
          plaintext.fill(0);
        }
      } catch (error) {
        failed ??= { target, failure: failureOf(error) };
      }
    });
    try {
      await untilAborted(work, signal);
    } finally {
      secretsOf.set(
        request,
        decrypted.map(({ secret }) => secret),
      );
    }
    if (failed !== undefined) refuseField(request, failed.target.field.pointer, failed.failure);
    for (const { target, secret } of decrypted) {
      if (replace(target.place, secret)) continue;
      const failure = misconfigured("the event is frozen there");
      refuseField(request, target.field.pointer, failure);
    }
  }

  return {
    decrypt(request) {
      const targets = collect(request);
      return targets.length === 0 ? undefined : decryptAll(request, targets);
    },
    dispose(request) {
      const secrets = secretsOf.get(request) ?? [];
      secretsOf.delete(request);
      // Tasks of middlewares further out run after this one, and redact by the values known.
      queueMicrotask(() => {
        for (const secret of secrets) secret[Symbol.dispose]();
      });
    },
  };
}

function fieldOf(kms: Kms, pointer: string, options: FieldOptions): Field {
  const { format = "kms", keyId, keyIds, discovery, encryptionContext = {}, as } = options;
  const context = Object.entries(encryptionContext).map(
    ([name, value]) => [name, sourceOf(value)] as const,
  );
  return {
    pointer,
    segments: parsePointer(pointer),
    as,
    context: context.sort(([one], [other]) => (one < other ? -1 : 1)),
    identity: JSON.stringify([format, keyId, keyIds, discovery]),
    decrypt:
      format === "encryption-sdk"
        ? messageDecryptor(kms, options)
        : async (ciphertext, values, budget) => {
            const input = { ciphertext, encryptionContext: values, keyId };
            return (await kms.decrypt(input, budget)).plaintext;
          },
  };
}

function sourceOf(value: ContextValue): string | readonly string[] {
  if (typeof value !== "string") return value.literal;
  return value.startsWith("/") ? parsePointer(value) : value;
}

function contextOf(
  field: Field,
  event: object,
  indexes: readonly number[],
  open: (place: Place) => object,
): Target["context"] {
  return field.context.map(([name, source]) => {
    if (typeof source === "string") return [name, source];
    const [place] = placesOf(event, withIndexes(source, indexes), open);
    if (typeof place?.value === "string") return [name, place.value];
    throw undecryptable("its encryption context is not in the event");
  });
}

/**
 * What is done with a value on the way to a field that holds no fields: JSON text, such as the body
 * of an SQS message, is parsed in its place. The body of an HTTP request is not: how it is read is
 * up to the middleware that validates it.
 */
function opener(event: object, isHttp: boolean): (place: Place) => object {
  return (place) => {
    const { holder, key, value } = place;
    if (isHttp && holder === event && key === "body") {
      throw misconfigured(
        "the body is still text: use kmsDecryptor after the middleware that parses it",
      );
    }
    const parsed = isHttp ? undefined : parseObject(value);
    if (parsed === undefined) throw undecryptable("what should hold it holds no fields");
    if (replace(place, parsed)) return parsed;
    throw misconfigured("the event is frozen there");
  };
}

/** The object or array that JSON text is. */
function parseObject(value: unknown): object | undefined {
  try {
    const parsed: unknown = typeof value === "string" ? JSON.parse(value) : undefined;
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
