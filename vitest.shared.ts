import { defineConfig } from "vitest/config";

/** What every package's tests share: TypeScript sources without a build, and full coverage of `src`. */
export default defineConfig({
  ssr: { resolve: { conditions: ["source", "node", "default"] } },
  resolve: { conditions: ["source", "node", "default"] },
  test: {
    include: ["test/**/*.test.ts"],
    // No test asserts a time; a busy machine takes what it takes.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      enabled: true,
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text"],
      thresholds: { lines: 100, branches: 100, functions: 100, statements: 100 },
    },
  },
});
