/** What `npm start` serves, for the requests that a page shows. */
import { spawn } from "node:child_process";

const START_MS = 30_000;

/**
 * Runs `npm start` until it names its port, or has ended well, as what does not serve does.
 *
 * @returns what ends it.
 * @throws Error with what was printed.
 */
export async function startServer(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  port: number,
): Promise<() => void> {
  const server = spawn("npm", ["start", "--silent"], {
    cwd,
    env: { ...env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    // Of a group of its own, which can be ended as a whole.
    detached: true,
  });
  const end = (): void => {
    if (server.exitCode === null && server.pid !== undefined) process.kill(-server.pid, "SIGTERM");
  };
  let output = "";
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (): void =>
        reject(new Error(`npm start does not name port ${port}.\n${output}`));
      timer = setTimeout(fail, START_MS);
      for (const stream of [server.stdout, server.stderr]) {
        stream.on("data", (chunk: Buffer) => {
          output += chunk;
          if (output.includes(`:${port}`)) resolve();
        });
      }
      server.once("error", reject);
      server.once("close", (status) => (status === 0 ? resolve() : fail()));
    });
    return end;
  } catch (error) {
    end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
