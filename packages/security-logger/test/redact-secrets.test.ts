import { describe, expect, it } from "vitest";
import { createRedactor } from "../src/index.ts";
import { type MadeSecret, secrets } from "./redact-secrets.ts";

const { redact, text } = createRedactor();
const made = [...secrets(4)];

/** What a reader of the line could still take: eight characters in a row of the secret. */
function leaks(shown: unknown, { secret }: MadeSecret): string | undefined {
  const line = JSON.stringify(shown).replace(/\[redacted [\w-]+\]/g, "");
  for (let at = 0; at + 8 <= secret.length; at++) {
    const piece = JSON.stringify(secret.slice(at, at + 8)).slice(1, -1);
    if (line.includes(piece) || line.includes(encodeURIComponent(secret.slice(at, at + 8)))) {
      return `${piece} in ${line}`;
    }
  }
  return undefined;
}

const json = (value: unknown): string => JSON.stringify(value);

describe("no part of a secret stays, wherever it stands", () => {
  it("and there are at least 300 of 40 kinds", () => {
    expect(made.length).toBeGreaterThanOrEqual(300);
    expect(new Set(made.map(([kind]) => kind)).size).toBeGreaterThanOrEqual(40);
  });

  it.each(made)("%s", (_kind, one) => {
    const shown: Readonly<Record<string, unknown>> = {
      "under a name that says nothing": redact({ note: one.text }),
      "as a name": redact({ [one.text]: 1 }),
      "in a sentence": text(`It was (${one.text}), they said.`),
      "in JSON in a string": redact({ body: json({ id: 1, note: one.text, list: [one.text] }) }),
      "in JSON in JSON": text(json(json({ note: one.text }))),
      "in a query": text(`GET /orders?note=${encodeURIComponent(one.text)}&page=2 200`),
      "in a form": redact({ body: new URLSearchParams({ id: "1", note: one.text }).toString() }),
      "in code": text(`const note = '${one.text}';`),
      "in an error": redact(new Error(`Failed with ${one.text}`)),
      "in a cause": redact(new Error("Failed", { cause: new Error(one.text) })),
      "in an error's properties": redact(Object.assign(new Error("x"), { config: [one.text] })),
      "among others": text(`${one.text} ${one.text}; ${one.text}`),
    };
    for (const [where, value] of Object.entries(shown)) {
      expect(leaks(value, one), where).toBeUndefined();
    }
    // What is masked is left alone by a second redactor.
    expect(redact(shown)).toEqual(JSON.parse(json(shown)));
  });
});
