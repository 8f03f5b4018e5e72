/** An error as `createError` of `@middy/util` 7 makes it, which http-errors made before. */
export function createError(statusCode: number, message: string, options?: ErrorOptions): Error {
  const names: Readonly<Record<number, string>> = {
    404: "NotFoundError",
    503: "ServiceUnavailableError",
  };
  return Object.assign(new Error(message, options), {
    name: names[statusCode] ?? "UnknownError",
    status: statusCode,
    statusCode,
    expose: statusCode < 500,
  });
}
