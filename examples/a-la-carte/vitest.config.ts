import { defineConfig } from "vitest/config";

// Inside the repository of middy-hardening its packages are read from their sources; as a copy of
// its own, the example has them from npm, where this condition means nothing.
const conditions = ["source", "node", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
});
