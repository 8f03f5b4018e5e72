/**
 * Decrypts environment variables and event fields that were encrypted with AWS KMS.
 *
 * @module
 */
import type { MiddlewareObj, Request } from "@middy/core";
import { addSecrets, atSettlement, deadlineOf, settle, untilAborted } from "@middy-hardening/core";
import type { DecryptedContext, DecryptedEvent } from "./decrypted-types.ts";
import { environmentOf } from "./environment.ts";
import { fieldsOf } from "./fields.ts";
import { kmsOf } from "./kms.ts";
import { checkAll, type KmsDecryptorOptions } from "./options.ts";
import { refuseEnvironment } from "./refusal.ts";

export type { DecryptedContext, DecryptedEvent } from "./decrypted-types.ts";
export { type EnvironmentValue, encryptEnvironmentValue } from "./encrypt-environment-value.ts";
export type {
  ContextValue,
  DiscoveryOptions,
  EnvironmentValueOptions,
  FieldOptions,
  KmsDecryptorOptions,
} from "./options.ts";

/**
 * Gives the handler each environment variable as `context.secrets.NAME` and puts a secret in the
 * place of each encrypted field of the event. What cannot be decrypted does not reach the handler.
 *
 * ```ts
 * export const handler = middy()
 *   .use(kmsDecryptor({
 *     environment: { DB_PASSWORD: { keyId: "alias/orders" } },
 *     fields: {
 *       "/body/customer/taxNumber": {
 *         encryptionContext: { tenant: "/requestContext/authorizer/jwt/claims/tenant" },
 *       },
 *     },
 *   }))
 *   .handler(async (event, context) => connect(context.secrets.DB_PASSWORD.reveal()));
 * ```
 *
 * @throws TypeError when an option is unknown or wrong (at construction).
 * @throws PublicError 422 `decryption_failed` (a field) or 503 `decryption_unavailable` from
 *   `before`; a plain Error from `before` for what the environment or the deployment is to blame for;
 *   at the deadline of `context.deadline` the reason of its signal.
 */
export function kmsDecryptor<const Options extends KmsDecryptorOptions>(
  options: Options,
): MiddlewareObj<DecryptedEvent<Options>, unknown, Error, DecryptedContext<Options>> {
  const {
    environment: variables = {},
    fields: fieldOptions = {},
    client,
    clientConfig,
    timeoutMs = 2_000,
    maxConcurrency = 10,
    maxFields = 1_000,
    scrubEnvironment: scrub = false,
  } = checkAll(options);
  const bounds = { timeoutMs, maxConcurrency };
  const kms = kmsOf({ client, clientConfig, timeoutMs });
  const environment = environmentOf(kms, { ...bounds, variables, scrub });
  const hasVariables = Object.keys(variables).length > 0;
  const hasFields = Object.keys(fieldOptions).length > 0;
  const fields = fieldsOf(kms, { ...bounds, fields: fieldOptions, maxFields });

  /** The rest of `before` once the environment is there. */
  const proceed = (request: Request): undefined | Promise<void> => {
    if (hasVariables) addSecrets(request.context, environment.secrets);
    return hasFields ? fields.decrypt(request) : undefined;
  };
  const disposeFields = (request: Request): void => fields.dispose(request);

  const before = function kmsDecryptorBefore(request: Request): undefined | Promise<void> {
    if (hasFields) atSettlement(request, disposeFields);
    const missing = environment.missing();
    if (missing === undefined) return proceed(request);
    // Other invocations may wait for the same attempt: at its deadline, one ends its own waiting.
    return untilAborted(missing, deadlineOf(request.context)?.signal).then((failed) => {
      if (failed.length > 0) refuseEnvironment(request, failed);
      return proceed(request);
    });
  };
  if (!hasFields) return { before } as MiddlewareObj as Decryptor<Options>;

  const after = function kmsDecryptorAfter(request: Request): void {
    settle(request, disposeFields);
  };
  const onError = function kmsDecryptorOnError(request: Request): void {
    settle(request, disposeFields);
  };
  return { before, after, onError } as MiddlewareObj as Decryptor<Options>;
}

type Decryptor<Options> = MiddlewareObj<
  DecryptedEvent<Options>,
  unknown,
  Error,
  DecryptedContext<Options>
>;

export default kmsDecryptor;
