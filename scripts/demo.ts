/** `npm run demo`: first the HTTP API's tables, then those of the other triggers. */
await import("../examples/http-api/demo/main.ts");
await import("./demo-triggers.ts");
// The loggers of both parts tell at the end what floods have left out since their last lines.
console.log("\nTold as the process ends: lines that the 400 refused requests above did not get.\n");
