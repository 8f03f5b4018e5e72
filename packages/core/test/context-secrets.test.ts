import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { addSecrets, type NamedSecrets, Secret } from "../src/index.ts";

const secretsOf = (context: object): NamedSecrets => (context as { secrets: NamedSecrets }).secrets;

describe("addSecrets", () => {
  it("makes secrets readable by name", () => {
    const context = {};
    addSecrets(context, { database: new Secret("database", "correct horse") });
    expect(secretsOf(context).database?.reveal()).toBe("correct horse");
  });

  it("hides the set from whatever copies, serializes or enumerates the context", () => {
    const context = { awsRequestId: "1" };
    addSecrets(context, { database: new Secret("database", "correct horse") });
    expect(Object.keys(context)).toEqual(["awsRequestId"]);
    expect({ ...context }).toEqual({ awsRequestId: "1" });
    expect(JSON.stringify(context)).toBe('{"awsRequestId":"1"}');
    expect(inspect(context, { showHidden: true, depth: null })).not.toContain("correct");
  });

  it("freezes the set and refuses another one by assignment", () => {
    const context = {};
    addSecrets(context, { database: new Secret("database", "correct horse") });
    expect(Object.isFrozen(secretsOf(context))).toBe(true);
    expect(() => Object.assign(context, { secrets: {} })).toThrow(TypeError);
  });

  it("uses the first set as it is, so that a cached one costs no copy", () => {
    const secrets = Object.freeze({ database: new Secret("database", "correct horse") });
    const context = {};
    addSecrets(context, secrets);
    expect(secretsOf(context)).toBe(secrets);
  });

  it("puts the secrets of a second middleware beside those of the first", () => {
    const context = {};
    addSecrets(context, { database: new Secret("database", "one") });
    const first = secretsOf(context);
    addSecrets(context, { DB_PASSWORD: new Secret("DB_PASSWORD", "two") });
    expect(Object.keys(secretsOf(context))).toEqual(["database", "DB_PASSWORD"]);
    expect(Object.keys(first)).toEqual(["database"]);
    expect(Object.isFrozen(secretsOf(context))).toBe(true);
    expect(Object.keys(context)).toEqual([]);
  });

  it("lets the later one of two secrets with the same name count", () => {
    const context = {};
    addSecrets(context, { key: new Secret("key", "old") });
    addSecrets(context, { key: new Secret("key", "new") });
    expect(secretsOf(context).key?.reveal()).toBe("new");
  });

  it("takes a secret called __proto__ or constructor for a name like any other", () => {
    const context = {};
    const named: NamedSecrets = JSON.parse('{"__proto__":{"label":"no prototype"}}');
    addSecrets(context, { constructor: new Secret("constructor", "two") } as never);
    addSecrets(context, named);
    expect(Object.keys(secretsOf(context))).toEqual(["constructor", "__proto__"]);
    expect(Object.getPrototypeOf(secretsOf(context))).toBeNull();
  });

  it("fails on a frozen context, so that no handler runs without its secrets", () => {
    expect(() => addSecrets(Object.freeze({}), {})).toThrow(TypeError);
  });
});
