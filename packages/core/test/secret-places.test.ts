import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { findSecret, findSecrets, Secret } from "../src/index.ts";

const held: Disposable[] = [];
function hold<T>(name: string, value: T): Secret<T> {
  const secret = new Secret(name, value);
  held.push(secret);
  return secret;
}
afterEach(() => {
  for (const secret of held.splice(0)) secret[Symbol.dispose]();
});

describe("findSecrets", () => {
  it("tells where each value stands, so that only that is masked", () => {
    hold("database", "correct horse");
    hold("key", "battery staple");
    expect(findSecrets("a correct horse, a battery staple and a correct horse")).toEqual([
      { start: 2, end: 15, label: "[secret database]" },
      { start: 19, end: 33, label: "[secret key]" },
      { start: 40, end: 53, label: "[secret database]" },
    ]);
  });

  it("tells both of two values that overlap", () => {
    hold("first", "password1234");
    hold("second", "1234abcd");
    expect(findSecrets("password1234abcd")).toEqual([
      { start: 0, end: 12, label: "[secret first]" },
      { start: 8, end: 16, label: "[secret second]" },
    ]);
  });

  it("tells the longest of those that begin at one place", () => {
    hold("short", "hunter2-hunter2");
    hold("long", "hunter2-hunter2-hunter2");
    expect(findSecrets("hunter2-hunter2-hunter2")[0]).toEqual({
      start: 0,
      end: 23,
      label: "[secret long]",
    });
  });

  it("finds nothing where there is no secret", () => {
    expect(findSecrets("correct horse")).toEqual([]);
    hold("database", "correct horse");
    expect(findSecrets("")).toEqual([]);
    expect(findSecrets("correct hors")).toEqual([]);
  });

  it("knows of a value that two secrets share until both are gone", () => {
    const first = hold("first", "shared-value");
    hold("second", "shared-value");
    expect(findSecret("shared-value")).toBe("[secret first]");
    first[Symbol.dispose]();
    expect(findSecret("shared-value")).toBe("[secret second]");
  });
});

describe("whatever the secrets and the text are", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "ü"), minLength: 8, maxLength: 12 });

  it("finds the places that a search for one after the other finds", () => {
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 6 }),
        fc.string({ unit: fc.constantFrom("a", "b", "ü"), maxLength: 200 }),
        (values, text) => {
          for (const [index, value] of values.entries()) hold(`${index}`, value);
          const expected = [...text].flatMap((_unit, start) => {
            const here = values.filter((value) => text.startsWith(value, start));
            const longest = Math.max(...here.map((value) => value.length));
            return here.length === 0 ? [] : [{ start, end: start + longest }];
          });
          expect(findSecrets(text).map(({ start, end }) => ({ start, end }))).toEqual(expected);
          expect(findSecret(text) === undefined).toBe(expected.length === 0);
          for (const secret of held.splice(0)) secret[Symbol.dispose]();
        },
      ),
      { numRuns: 1000 },
    );
  });
});
