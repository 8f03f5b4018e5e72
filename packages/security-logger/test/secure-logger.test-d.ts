import { Logger } from "@aws-lambda-powertools/logger";
import { expectTypeOf } from "vitest";
import { createSecureLogger, type SecureLoggerOptions } from "../src/secure-logger.ts";

// The same type as Powertools': whatever takes a Logger takes it.
expectTypeOf(createSecureLogger()).toEqualTypeOf<Logger>();
createSecureLogger({ logger: new Logger() });
createSecureLogger({ logger: { serviceName: "orders", logLevel: "WARN" } });
createSecureLogger({ redactor: { redact: (value: unknown) => value, text: (text) => text } });
expectTypeOf(createSecureLogger).parameter(0).toEqualTypeOf<SecureLoggerOptions | undefined>();

// @ts-expect-error A misspelt option of Powertools.
createSecureLogger({ logger: { servicename: "orders" } });
// @ts-expect-error A redactor has `text` too.
createSecureLogger({ redactor: { redact: (value: unknown) => value } });
