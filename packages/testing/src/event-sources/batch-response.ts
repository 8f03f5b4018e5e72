/**
 * What Lambda reads in the answer to a batch: partial batch responses.
 *
 * @module
 * @see "Handling errors for an SQS event source in Lambda" and "Configuring partial batch response
 *   with Kinesis Data Streams and Lambda" in the AWS documentation: success and failure conditions.
 */

type Fields = Readonly<Record<string, unknown>>;

/**
 * The identifiers that an answer reports as failed; `undefined` when Lambda takes the answer for a
 * failure of the whole batch: it is no object, or an identifier in it is missing, empty or none of
 * the batch's.
 *
 * @param result the answer after its way through JSON.
 * @param ids the identifiers of the batch.
 */
export function reportedFailures(
  result: unknown,
  ids: readonly string[],
): readonly string[] | undefined {
  if (result === null) return [];
  if (typeof result !== "object" || Array.isArray(result)) return undefined;
  const failures = (result as Fields).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return undefined;
  const reported = failures.map((failure: unknown) => (Object(failure) as Fields).itemIdentifier);
  const known = new Set<unknown>(ids);
  return reported.every((id): id is string => known.has(id)) ? [...new Set(reported)] : undefined;
}
