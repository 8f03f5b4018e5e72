import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { announceAge, oldestSecretAgeMs } from "../src/index.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("oldestSecretAgeMs", () => {
  it("is that of the oldest secret that has a value, and of nobody's any more", async () => {
    expect(oldestSecretAgeMs()).toBeUndefined();
    const secrets = [{ ageMs: 0 }, { ageMs: undefined }, { ageMs: 250_000 }, { ageMs: 1_000 }];
    for (const secret of secrets) announceAge(secret);

    expect(oldestSecretAgeMs()).toBe(250_000);

    secrets.splice(2, 1);
    // A weak reference holds on to its value until the end of the turn.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();

    expect(oldestSecretAgeMs()).toBe(1_000);
    expect(secrets).toHaveLength(3);
  });
});
