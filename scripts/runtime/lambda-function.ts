/**
 * A bundled function that runs as on Lambda: its own process, the runtime interface client, a small
 * environment, invocations over HTTP.
 */
import { behindEmulator } from "./behind-emulator.ts";
import { behindStandIn } from "./behind-stand-in.ts";

export interface Deployment {
  /** Where the bundle is, as `index.mjs`. */
  readonly folder: string;
  /** Such as `index.handler`. Default: that. */
  readonly handler?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How many invocations at a time one process takes, as on Managed Instances. Default: 1. */
  readonly maxConcurrency?: number;
  /** Whether it streams one answer after another. Default: no. */
  readonly isStreaming?: boolean;
  /** The function's timeout. Default: 3 s. */
  readonly timeoutMs?: number;
}

/** What functions run on. */
export interface Platform {
  /** A Node.js program, and its major version. */
  readonly node: string;
  readonly nodeMajor: number;
  /** The module of the runtime interface client. */
  readonly client: string;
  /** The program of the runtime interface emulator, if there is one. */
  readonly emulator: string | undefined;
  /** Whether the emulator can be given the paths and the user that it wants for Managed Instances. */
  readonly hasManagedInstances: boolean;
}

/** What stands between a function and its invokers. */
export type Server = "emulator" | "stand-in";

export interface LambdaFunction {
  readonly server: Server;
  /** Resolves to what the invoker received. */
  invoke(event: unknown): Promise<string>;
  /** Ends it, and resolves to its whole log. */
  end(): Promise<string>;
}

export function startFunction(platform: Platform, deployment: Deployment): Promise<LambdaFunction> {
  const { emulator, hasManagedInstances } = platform;
  const { maxConcurrency, isStreaming } = deployment;
  // When a stream has failed, the client asks for its next invocation before the emulator is ready to
  // give it one: the emulator answers 403 now and then, and the client ends the process.
  const isBeyondIt = isStreaming || (maxConcurrency !== undefined && !hasManagedInstances);
  return emulator === undefined || isBeyondIt
    ? behindStandIn(platform, deployment)
    : behindEmulator(emulator, platform, deployment);
}
