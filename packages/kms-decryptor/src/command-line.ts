/**
 * `kms-encrypt`: encrypts what it reads from its standard input for an environment variable.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { encryptEnvironmentValue } from "./encrypt-environment-value.ts";

const USAGE = `Usage: kms-encrypt --key-id KEY (--function-name NAME | --context NAME=VALUE ...) < value

Encrypts standard input with AWS KMS and prints base64 for an environment variable that
kmsDecryptor reads. One line break at the end of the input is left out.

  --key-id         key id, key ARN, alias name or alias ARN
  --function-name  the Lambda function that will decrypt the value
  --context        a pair of the encryption context, in place of --function-name; repeatable
`;

/** What a run of the command comes to. */
export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
  readonly error: string;
}

/** Runs the command. The value is never an argument: other users of the machine can read those. */
export async function kmsEncrypt(
  args: readonly string[],
  input: AsyncIterable<Uint8Array>,
): Promise<CommandResult> {
  let given: ReturnType<typeof parse>;
  try {
    given = parse(args);
  } catch {
    return { exitCode: 2, output: "", error: USAGE };
  }
  if (given === undefined) return { exitCode: 2, output: "", error: USAGE };
  try {
    const value = await readAll(input);
    try {
      const text = await encryptEnvironmentValue({ ...given, value });
      return { exitCode: 0, output: `${text}\n`, error: "" };
    } finally {
      value.fill(0);
    }
  } catch (error) {
    const { name, message } = error as Error;
    return { exitCode: 1, output: "", error: `kms-encrypt: ${name}: ${message}\n` };
  }
}

/** @throws TypeError for an argument that the command does not know. */
function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      "key-id": { type: "string" },
      "function-name": { type: "string" },
      context: { type: "string", multiple: true },
    },
  });
  const { "key-id": keyId, "function-name": functionName, context } = values;
  if (keyId === undefined || (functionName === undefined) === (context === undefined)) {
    return undefined;
  }
  if (context === undefined) return { keyId, functionName };
  if (!context.every((pair) => pair.indexOf("=") > 0)) return undefined;
  const pairs = context.map((pair) => {
    const end = pair.indexOf("=");
    return [pair.slice(0, end), pair.slice(end + 1)] as const;
  });
  return { keyId, encryptionContext: Object.fromEntries(pairs) };
}

/** All bytes, without the line break that a shell puts at the end. */
async function readAll(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  for (const chunk of chunks) chunk.fill(0);
  const end = all.at(-1) !== 0x0a ? 0 : all.at(-2) === 0x0d ? 2 : 1;
  return all.subarray(0, all.length - end);
}
