import { describe, expect, it } from "vitest";
import { createRedactor } from "../src/index.ts";

const { redact } = createRedactor();
const shownOf = (name: string, value: unknown = "hunter2"): unknown =>
  Object.values(redact({ [name]: value }) as object)[0];

describe("names of secrets, in any spelling", () => {
  it.each([
    ...[
      "password",
      "Password",
      "PASSWORD",
      "dbPassword",
      "db_password",
      "DB_PASSWORD",
      "db-password",
    ],
    ...["dbpassword", "DBPassword", "db.password", "user[password]", "new password", "password2"],
    ...["passwordConfirmation", "password_hash", "oldPasswordValue", "passwd", "pwd", "passphrase"],
    ...["ｐａｓｓｗｏｒｄ", "contraseña", "Passwort", "passwords"],
    ...["secret", "client_secret", "clientSecret", "SecretString", "secretBinary", "topSecrets"],
    ...["token", "accessToken", "id_token", "refresh-token", "X-Amz-Security-Token", "csrfToken"],
    ...["apiKey", "apikey", "APIKEY", "x-api-key", "api_keys", "openaiApiKey", "dd-api-key"],
    ...["privateKey", "aws_secret_access_key", "encryptionKey", "AccountKey", "SharedAccessKey"],
    ...["authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "set-cookie2", "cookies"],
    ...[
      "credentials",
      "sessionId",
      "PHPSESSID",
      "JSESSIONID",
      "connect.sid",
      "jwt",
      "otp",
      "mfaCode",
    ],
    ...[
      "codeVerifier",
      "SAMLResponse",
      "client_assertion",
      "X-Amz-Signature",
      "x-hub-signature-256",
    ],
    ...["cardNumber", "card_number", "cvv", "cvc2", "pin", "cardPin", "iban", "accountNumber"],
    ...["ssn", "socialSecurityNumber", "passportNumber", "passport", "taxId", "nationalId"],
    ...["driversLicense", "recoveryCodes", "tokens", "userPass"],
    ...["csrf", "_xsrf", "wifi_psk", "db_pw", "creds", "mnemonic", "seedPhrase", "securityAnswer"],
    ...["ConfirmationCode", "x-functions-key", "app_key", "tlsKey", "password_digest"],
  ])("%s is masked", (name) => {
    expect(shownOf(name)).toBe("[redacted]");
    expect(redact({ deep: [{ [name]: "hunter2" }] })).toEqual({ deep: [{ [name]: "[redacted]" }] });
  });

  it.each([
    ...["tokenCount", "tokenType", "token_expires_at", "tokenizer", "nextToken"],
    ...[
      "NextPageToken",
      "continuation_token",
      "passwordResetAt",
      "password_policy",
      "hasPasswordHint",
    ],
    ...["keyboard", "monkey", "passenger", "compass", "secretary", "secretArn", "secret_name"],
    ...["apiKeyId", "keyId", "kmsKeyId", "publicKey", "partitionKey", "key", "Key", "objectKey"],
    ...["cookieConsent", "cookieBanner", "authorizer", "authorizationStatus", "sessionCount"],
    ...[
      "pinned",
      "spin",
      "span",
      "pandas",
      "company",
      "cardType",
      "cardBrand",
      "accountId",
      "taxRate",
    ],
    ...["value", "2", "", "id", "email", "street", "signatureVersion", "ssnProvided", "bypass"],
  ])("%s is not", (name) => {
    expect(shownOf(name)).toBe("hunter2");
  });

  it("is not what tells nothing of a secret", () => {
    const empty = { password: "", token: null, secret: false, apiKey: true, pwd: undefined };
    expect(redact(empty)).toEqual({ password: "", token: null, secret: false, apiKey: true });
  });

  it("is whatever a secret is made of", () => {
    const parts = {
      pin: 1234,
      otp: 123456n,
      password: ["a"],
      secret: { a: "b" },
      token: () => "x",
    };
    expect(new Set(Object.values(redact(parts) as object))).toEqual(new Set(["[redacted]"]));
  });

  it("is no count of tokens", () => {
    const usage = { tokens: 512, max_tokens: 10, totalTokens: { input: 1 }, tokensLeft: [1, 2] };
    expect(redact({ usage })).toEqual({ usage });
    expect(redact({ tokens: ["a"] })).toEqual({ tokens: "[redacted]" });
  });

  it("is the value beside a name, as lists of headers, tags and variables have them", () => {
    expect(
      redact([
        { name: "DB_PASSWORD", value: "hunter2" },
        { Key: "token", Value: "hunter2" },
        { key: "Cookie", value: "a=b" },
        { name: "COLOR", value: "blue" },
        { value: "alone" },
        ["authorization", "Custom abc"],
        ["Host", "a.example", "X-Api-Key", "hunter2", "Cookie", "a=b"],
        ["authorization", "content-type"],
        ["authorization", 1],
        ["password", "hunter2"],
        ["password", "email"],
        ["id", "password", "hunter2"],
        ["mysqldump", "--password", "hunter", "--user", "app"],
        ["mysqldump", "--password", "--user", "app"],
        { header: "Authorization", value: "hunter2" },
        { Name: "/prod/key", Type: "SecureString", Value: "hunter2" },
        { Name: "/prod/color", Type: "String", Value: "blue" },
      ]),
    ).toEqual([
      { name: "DB_PASSWORD", value: "[redacted]" },
      { Key: "token", Value: "[redacted]" },
      { key: "Cookie", value: "[redacted]" },
      { name: "COLOR", value: "blue" },
      { value: "alone" },
      ["authorization", "[redacted]"],
      ["Host", "a.example", "X-Api-Key", "[redacted]", "Cookie", "[redacted]"],
      ["authorization", "content-type"],
      ["authorization", 1],
      ["password", "[redacted]"],
      ["password", "email"],
      ["id", "password", "hunter2"],
      ["mysqldump", "--password", "[redacted]", "--user", "app"],
      ["mysqldump", "--password", "--user", "app"],
      { header: "Authorization", value: "[redacted]" },
      { Name: "/prod/key", Type: "SecureString", Value: "[redacted]" },
      { Name: "/prod/color", Type: "String", Value: "blue" },
    ]);
  });

  it("are as quick to tell after an attacker has sent a million of them", () => {
    for (let index = 0; index < 5000; index++) {
      expect(redact({ [`password${"x".repeat(index % 90)}${index}`]: 1 })).toBeDefined();
    }
    expect(shownOf("password")).toBe("[redacted]");
    expect(shownOf(`${"x".repeat(5000)}Password`)).toBe("[redacted]");
  });
});

describe("names of an application", () => {
  const own = createRedactor({ keys: ["customerNumber", "größe"], keepKeys: ["sessionId", "pin"] });

  it.each([
    "customerNumber",
    "customer_number",
    "Customer-Number",
    "oldCustomerNumber",
    "GRÖSSE",
    "größe",
  ])("%s is masked as well", (name) => {
    const isAsked = name !== "GRÖSSE"; // Upper case has no ß.
    expect(own.redact({ [name]: 1 })).toEqual({ [name]: isAsked ? "[redacted]" : 1 });
  });

  it("leaves alone the names that it wants kept, and no others", () => {
    const value = {
      session_id: "abc",
      pin: 4,
      userSessionId: "abc",
      cardPin: 1,
      customerNumbers: 1,
    };
    expect(own.redact(value)).toEqual({
      session_id: "abc",
      pin: 4,
      userSessionId: "[redacted]",
      cardPin: "[redacted]",
      customerNumbers: 1,
    });
  });
});

describe("paths", () => {
  const masked = (path: string, value: unknown): unknown =>
    createRedactor({ paths: [path] }).redact(value);
  const order = {
    user: { address: { street: "Main", city: "x" }, "first.name": "Ada" },
    items: [
      { card: "a", id: 1 },
      { card: "b", id: 2 },
    ],
  };

  it("mask one place", () => {
    expect(masked("user.address.street", order)).toEqual({
      ...order,
      user: { ...order.user, address: { street: "[redacted]", city: "x" } },
    });
    expect(masked("user['first.name']", order)).toMatchObject({
      user: { "first.name": "[redacted]" },
    });
    expect(masked('["user"].address', order)).toMatchObject({ user: { address: "[redacted]" } });
  });

  it("mask items and members", () => {
    expect(masked("items[*].card", order)).toMatchObject({
      items: [
        { card: "[redacted]", id: 1 },
        { card: "[redacted]", id: 2 },
      ],
    });
    expect(masked("items[1].card", order)).toMatchObject({
      items: [{ card: "a" }, { card: "[redacted]" }],
    });
    expect(masked("user.*", order)).toMatchObject({
      user: { address: "[redacted]", "first.name": "[redacted]" },
    });
    expect(masked("[0]", ["a", "b"])).toEqual(["[redacted]", "b"]);
  });

  it("mask at any depth", () => {
    expect(masked("**.card", order)).toMatchObject({
      items: [{ card: "[redacted]" }, { card: "[redacted]" }],
    });
    expect(masked("**.card", { card: 1 })).toEqual({ card: "[redacted]" });
    expect(masked("user.**.street", order)).toMatchObject({
      user: { address: { street: "[redacted]" } },
    });
    expect(masked("user.**", order)).toMatchObject({ user: { address: "[redacted]" } });
  });

  it.each(["", ".user", "user..name", "user[", "user[name]", "user.", "[*"])(
    "%j is no path, and is refused",
    (path) => {
      expect(() => createRedactor({ paths: [path] })).toThrow(TypeError);
    },
  );
});
