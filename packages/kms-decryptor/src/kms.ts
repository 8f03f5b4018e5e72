/**
 * Calls to KMS: the client, made when it is first needed, and attempts within a budget.
 *
 * @module
 */
import type { DecryptCommandInput, KMSClient, KMSClientConfig } from "@aws-sdk/client-kms";
import {
  type DecryptionFailure,
  failureOf,
  misconfigured,
  unavailable,
  undecryptable,
} from "./failure.ts";

/** The largest ciphertext that KMS takes, in bytes ("Decrypt" in the AWS KMS API Reference). */
const MAX_CIPHERTEXT_BYTES = 6_144;

/** The first pause between two attempts is at most twice this, in milliseconds. */
const BASE_PAUSE_MS = 20;
const MAX_PAUSE_MS = 1_000;

/** A call to KMS for one ciphertext. */
interface KmsInput {
  readonly ciphertext: Uint8Array;
  readonly encryptionContext: Readonly<Record<string, string>> | undefined;
  readonly keyId: string | undefined;
}

/** How long an answer is waited for. */
export interface Budget {
  /** By `performance.now()`. */
  readonly endsAt: number;
  /** Ends it earlier, with the invocation. */
  readonly signal?: AbortSignal | undefined;
}

/** What KMS answered. */
interface KmsAnswer {
  readonly plaintext: Uint8Array;
  readonly keyArn: string;
}

/** KMS, as this package calls it. */
export interface Kms {
  /** The region that the client calls. */
  region(): Promise<string>;
  /**
   * Decrypts with a key that is the given one; tries again within the budget while KMS is unavailable.
   *
   * @throws DecryptionFailure
   */
  decrypt(input: KmsInput, budget: Budget): Promise<KmsAnswer>;
}

type KmsModule = typeof import("@aws-sdk/client-kms");

/** The SDK's module, loaded when it is first needed: it takes longer than all the rest of a cold start. */
export const loadKms = (): Promise<KmsModule> =>
  import("@aws-sdk/client-kms").catch(() => {
    throw misconfigured("@aws-sdk/client-kms could not be loaded");
  });

interface KmsSettings {
  readonly client: KMSClient | undefined;
  readonly clientConfig: KMSClientConfig | undefined;
  readonly timeoutMs: number;
}

export function kmsOf({ client, clientConfig, timeoutMs }: KmsSettings): Kms {
  let loaded: Promise<{ client: KMSClient; module: KmsModule }> | undefined;
  const load = () =>
    (loaded ??= loadKms().then((module) => ({
      module,
      // The attempts are counted here, where the budget is known.
      client: client ?? new module.KMSClient({ maxAttempts: 1, ...clientConfig }),
    })));

  async function attempt(
    input: DecryptCommandInput,
    attemptMs: number,
    invocation: AbortSignal | undefined,
  ): Promise<KmsAnswer> {
    const { client, module } = await load();
    const timeout = AbortSignal.timeout(Math.ceil(attemptMs));
    const signal = invocation === undefined ? timeout : AbortSignal.any([timeout, invocation]);
    const sent = client.send(new module.DecryptCommand(input), { abortSignal: signal });
    const { Plaintext: plaintext, KeyId: keyArn } = await orAborted(sent, signal);
    if (plaintext === undefined || keyArn === undefined) {
      throw unavailable("KMS gave no complete answer");
    }
    return { plaintext, keyArn };
  }

  return {
    region: async () => (await load()).client.config.region(),
    async decrypt({ ciphertext, encryptionContext, keyId }, { endsAt, signal }) {
      if (ciphertext.length === 0 || ciphertext.length > MAX_CIPHERTEXT_BYTES) {
        throw undecryptable("it has a length that no ciphertext of KMS has");
      }
      const input: DecryptCommandInput = {
        CiphertextBlob: ciphertext,
        EncryptionContext: encryptionContext,
        ...(keyId === undefined ? {} : { KeyId: keyId }),
      };
      for (let attempts = 1; ; attempts++) {
        const leftMs = endsAt - performance.now();
        if (leftMs <= 0 || signal?.aborted) throw outOfTime();
        let answer: KmsAnswer;
        try {
          // An attempt that gets no answer leaves time for another.
          answer = await attempt(input, Math.min(leftMs, timeoutMs / 2), signal);
        } catch (error) {
          const failure = failureOf(error);
          const pauseMs = Math.random() * Math.min(MAX_PAUSE_MS, BASE_PAUSE_MS * 2 ** attempts);
          if (failure.kind !== "unavailable" || performance.now() + pauseMs >= endsAt) {
            throw failure;
          }
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
          continue;
        }
        if (isKey(answer.keyArn, keyId)) return answer;
        answer.plaintext.fill(0);
        throw undecryptable("another key decrypted it than the given one");
      }
    },
  };
}

const outOfTime = (): DecryptionFailure => unavailable("KMS did not answer in time");

/** The client's promise, but no longer than the signal lets it: a source of credentials does not heed it. */
function orAborted<T>(sent: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(outOfTime()), { once: true });
  });
  return Promise.race([sent, aborted]);
}

/** Whether a key ARN is that of a key id or is the given ARN; an alias says nothing of its key. */
function isKey(keyArn: string, keyId: string | undefined): boolean {
  if (keyId === undefined || /(?:^|:)alias\//.test(keyId)) return true;
  return keyArn === keyId || keyArn.endsWith(`:key/${keyId}`);
}
