/**
 * Environment variables that hold ciphertext: decrypted once for the life of the environment.
 *
 * @module
 */
import type { NamedSecrets, Secret } from "@middy-hardening/core";
import { type DecryptionFailure, failureOf, misconfigured } from "./failure.ts";
import type { Budget, Kms } from "./kms.ts";
import type { EnvironmentValueOptions } from "./options.ts";
import { inParallel } from "./parallel.ts";
import { bytesOf, secretOf } from "./plaintext.ts";

/** A variable without a value, and why. */
export interface FailedVariable {
  readonly name: string;
  readonly failure: DecryptionFailure;
}

/** The decrypted environment of a factory. */
export interface Environment {
  /** All values by name, once {@link Environment.missing} says that none is missing. */
  readonly secrets: NamedSecrets;
  /** `undefined` when every value is there; otherwise what is still missing after another attempt. */
  missing(): Promise<readonly FailedVariable[]> | undefined;
}

interface EnvironmentSettings {
  readonly variables: Readonly<Record<string, EnvironmentValueOptions>>;
  readonly timeoutMs: number;
  readonly maxConcurrency: number;
  readonly scrub: boolean;
}

interface Variable {
  readonly name: string;
  readonly options: EnvironmentValueOptions;
  /** Kept for another attempt, also when the variable has been deleted for another factory. */
  ciphertext: string | undefined;
}

/** On Lambda the first attempt starts at once, in the init phase; what fails in it is tried again by an invocation. */
export function environmentOf(kms: Kms, settings: EnvironmentSettings): Environment {
  const { timeoutMs, maxConcurrency, scrub } = settings;
  // Without a prototype: no name that a variable may have is there already.
  const secrets: Record<string, Secret<string | Uint8Array>> = Object.create(null);
  const waiting = new Set<Variable>();
  for (const [name, options] of Object.entries(settings.variables)) {
    waiting.add({ name, options, ciphertext: process.env[name] });
  }

  async function decrypt(variable: Variable, budget: Budget): Promise<void> {
    const { name, options } = variable;
    variable.ciphertext ??= process.env[name];
    if (variable.ciphertext === undefined) {
      throw misconfigured("it is not set");
    }
    const { plaintext } = await kms.decrypt(
      {
        ciphertext: bytesOf(variable.ciphertext.trim()),
        encryptionContext: options.encryptionContext ?? ownContext(),
        keyId: options.keyId,
      },
      budget,
    );
    try {
      secrets[name] = secretOf(name, plaintext, options.as);
    } finally {
      plaintext.fill(0);
    }
    variable.ciphertext = undefined;
    if (scrub) delete process.env[name];
    waiting.delete(variable);
  }

  async function decryptAll(): Promise<readonly FailedVariable[]> {
    const failed: FailedVariable[] = [];
    const budget = { endsAt: performance.now() + timeoutMs };
    await inParallel(waiting, maxConcurrency, async (variable) => {
      try {
        await decrypt(variable, budget);
      } catch (error) {
        failed.push({ name: variable.name, failure: failureOf(error) });
      }
    });
    return failed;
  }

  /** One attempt at a time, shared by the invocations that wait for it. */
  let running: Promise<readonly FailedVariable[]> | undefined;
  const attempt = (): Promise<readonly FailedVariable[]> =>
    (running ??= decryptAll().finally(() => {
      running = undefined;
    }));

  const isLambda = process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined;
  const initial = isLambda && waiting.size > 0 ? attempt() : undefined;

  return {
    secrets,
    missing() {
      if (waiting.size === 0) return undefined;
      // What failed in the init phase has not been tried by an invocation yet.
      return Promise.resolve(initial).then(() => (waiting.size === 0 ? [] : attempt()));
    },
  };
}

/** As Lambda's console encrypts a variable ("Securing Lambda environment variables"). */
function ownContext(): Readonly<Record<string, string>> {
  const name = process.env.AWS_LAMBDA_FUNCTION_NAME;
  if (name !== undefined) return { LambdaFunctionName: name };
  throw misconfigured("without AWS_LAMBDA_FUNCTION_NAME it needs the option encryptionContext");
}
