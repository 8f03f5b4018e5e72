/** `npm run demo`: first the HTTP API's tables, then those of the other triggers. */
await import("../examples/http-api/demo/main.ts");
await import("./demo-triggers.ts");
