/** `npm run demo`: first the HTTP API's tables, then those of the other triggers. */
import { captureOutput } from "../packages/testing/src/index.ts";

await import("../examples/http-api/demo/main.ts");
await import("./demo-triggers.ts");

// What the functions' loggers still have to say when the process ends belongs to no table.
captureOutput();
