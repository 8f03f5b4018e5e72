/**
 * The frames of a stack.
 *
 * @module
 */

/**
 * What stands behind the name and the message: a message of megabytes must not push the frames out, nor
 * a short one be told twice.
 */
export function framesOf(stack: string, message: unknown): string {
  if (typeof message !== "string" || message === "") return stack;
  const start = stack.indexOf(message);
  return start === -1 ? stack : stack.slice(start + message.length).trimStart();
}
