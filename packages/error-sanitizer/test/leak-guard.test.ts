import { Readable } from "node:stream";
import middy from "@middy/core";
import { PublicError, refuse, Secret } from "@middy-hardening/core";
import {
  captureSecurityEvents,
  HTTP_KINDS,
  httpAnswer,
  httpEvent,
  invoke,
  lambdaContext,
} from "@middy-hardening/testing";
import { describe, expect, test } from "vitest";
import { type ErrorSanitizerOptions, errorSanitizer } from "../src/index.ts";

const event = httpEvent("api-gateway-http");

/** Whose answers the suite leaves in their own form. */
const lattice = { raw_path: "/", method: "GET", headers: {}, query_string_parameters: {} };

const returning = (response: unknown, options?: ErrorSanitizerOptions) =>
  middy()
    .use(errorSanitizer(options))
    .handler(() => response);

/** What became of a body: `ok`, or the kind of leak that was blocked. */
async function verdictOf(response: unknown): Promise<string> {
  using captured = captureSecurityEvents();
  const { result } = await invoke(returning(response), event);
  const [leak] = captured.events;
  const { statusCode } = result as { statusCode: number };
  if (leak === undefined) return statusCode === 500 ? "blocked without an event" : "ok";
  expect(leak).toMatchObject({ name: "response_leak", outcome: "blocked", severity: "CRITICAL" });
  expect(statusCode).toBe(500);
  return leak.params.join();
}

const ofBody = (body: unknown): Promise<string> => verdictOf({ statusCode: 200, body });

const stack = String(new Error("order not found").stack);
const bundledStack = `TypeError: Cannot read properties of undefined (reading 'id')
    at n (file:///var/task/index.mjs:1:48213)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`;

const leaks: Record<string, readonly (readonly [name: string, text: string])[]> = {
  stack_trace: [
    ["a stack of this process", stack],
    ["a stack of a bundle", bundledStack],
    ["a stack with CRLF", bundledStack.replaceAll("\n", "\r\n")],
    ["a frame without a function", "Error\n    at /var/task/index.js:10:5"],
    ["an asynchronous frame", "Error\n    at async /var/task/index.js:10:5"],
    ["a frame of a source map", "Error\n    at async place (/var/task/src/orders.ts:10:5)"],
    ["a frame of Node.js", "Error\n    at emit (node:events:517:28)\n    at x"],
    ["a frame of a class", "Error\n    at new Order (/var/task/order.js:3:11)"],
    ["a stack as an array of lines", JSON.stringify({ trace: stack.split("\n") })],
    ["a stack as Lambda's own error has it", JSON.stringify({ stack })],
    ["a stack in indented JSON", JSON.stringify({ error: { stack } }, null, 2)],
    ["a stack in JSON in JSON", JSON.stringify(JSON.stringify({ stack }))],
    ["a stack on one line", stack.replaceAll("\n", " ")],
    ["trimmed lines", JSON.stringify({ trace: stack.split("\n").map((line) => line.trim()) })],
    ["a trimmed frame", '["at f (/var/task/i.js:10:5)"]'],
    ["a trimmed frame without a function", '["at /var/task/i.mjs:10:5"]'],
    ["a trimmed frame of TypeScript", '["at async f (/var/task/i.ts:10:5)"]'],
    ["a trimmed frame of TypeScript's modules", '["at f (file:///var/task/i.mts:10:5)"]'],
    ["a trimmed frame of Node.js", '["at emit (node:internal/process/task_queues:105:5)"]'],
    ["a frame of Windows", "Error: x at f (C:\\\\task\\\\i.js:10:5)"],
    [
      "frames indented by tabs",
      "Error: x\n\tat f (/var/task/i.js:10:5)\n\tat emit (node:events:1:2)",
    ],
    ["frames joined by blanks", "Error: x at f (/var/task/i.js:10:5) at g (/var/task/i.js:11:5)"],
    ["a page of Express", `<pre>Error: x<br> &nbsp; &nbsp;at fn (/var/task/app.js:7:9)</pre>`],
    [
      "a stack of Python",
      'Traceback (most recent call last):\n  File "/var/task/app.py", line 3, in handler',
    ],
    [
      "a stack of Java",
      "java.lang.NullPointerException\n\tat com.example.Orders.find(Orders.java:42)",
    ],
    ["a stack of .NET", "   at Example.Orders.Find(String id) in C:\\src\\Orders.cs:line 42"],
  ],
  database_error: [
    ["PostgreSQL, unique", 'duplicate key value violates unique constraint "users_email_key"'],
    [
      "PostgreSQL, foreign key",
      'insert or update on table "orders" violates foreign key constraint "orders_user_id_fkey"',
    ],
    [
      "PostgreSQL, not null",
      'null value in column "email" of relation "users" violates not-null constraint',
    ],
    ["PostgreSQL, a row that exists", "Key (email)=(ada@example.com) already exists."],
    ["PostgreSQL, a row that does not", 'Key (user_id)=(7) is not present in table "users".'],
    ["PostgreSQL, password", 'password authentication failed for user "app"'],
    ["PostgreSQL, syntax", `syntax error at or near "'"`],
    ["PostgreSQL, type", 'invalid input syntax for type uuid: "1 or 1=1"'],
    ["PostgreSQL, table", 'relation "order_items" does not exist'],
    [
      "MySQL, syntax",
      "You have an error in your SQL syntax; check the manual that corresponds to your MySQL",
    ],
    ["MySQL, unique", "Duplicate entry 'ada@example.com' for key 'users.email'"],
    ["MySQL, column", "Unknown column 'pasword' in 'field list'"],
    ["MySQL, password", "Access denied for user 'app'@'10.0.3.17' (using password: YES)"],
    [
      "MySQL, foreign key",
      "a foreign key constraint fails (`shop`.`orders`, CONSTRAINT `orders_ibfk_1` FOREIGN KEY",
    ],
    ["MySQL, code", "ER_DUP_ENTRY: Duplicate entry"],
    ["MySQL, table", '{"code":"ER_NO_SUCH_TABLE","errno":1146}'],
    ["MySQL, any code", "ER_PARSE_ERROR: You have"],
    ["MySQL, a code with another in it", '{"code":"ER_SERVER_SHUTDOWN"}'],
    ["MySQL, no table", "Table 'orders.users' doesn't exist"],
    ["MySQL, where", "Unknown column 'x' in 'where clause'"],
    ["MySQL, length", "Data too long for column 'name' at row 1"],
    ["PostgreSQL, column", 'column "x" does not exist'],
    ["PostgreSQL, column of an alias", "column u.pasword does not exist"],
    ["PostgreSQL, column of a table", 'column "x" of relation "users" does not exist'],
    ["PostgreSQL, permission", "permission denied for table users"],
    ["PostgreSQL, quotes", `unterminated quoted string at or near "'1"`],
    ["PostgreSQL, end", "syntax error at end of input"],
    ["PostgreSQL, host", 'no pg_hba.conf entry for host "10.0.3.17", user "app"'],
    ["PostgreSQL, operator", "operator does not exist: uuid = integer"],
    ["PostgreSQL, function", "function lowerr(text) does not exist"],
    ["SQL Server, syntax", "Incorrect syntax near '1'."],
    ["SQL Server, keyword", "Incorrect syntax near the keyword 'or'."],
    ["SQL Server, quotes", "Unclosed quotation mark after the character string"],
    ["SQL Server, table", "Invalid object name 'dbo.users'."],
    ["SQL Server, column", "Invalid column name 'x'."],
    ["SQL Server, login", "Login failed for user 'sa'."],
    ["SQL Server, type", "Conversion failed when converting the varchar value"],
    ["SQLite, code", "SQLITE_ERROR: no such table: users"],
    ["SQLite, table", "no such table: users"],
    ["SQLite, column", "no such column: x"],
    ["SQLite, syntax", 'near "OR": syntax error'],
    ["SQLite, token", `unrecognized token: "'"`],
    ["MongoDB, name", "MongoServerError: bad auth : Authentication failed."],
    ["MongoDB, name in JSON", '{"name":"MongoNetworkError"}'],
    ["SQLite", "SqliteError: UNIQUE constraint failed: users.email"],
    [
      "SQL Server, unique",
      "Violation of UNIQUE KEY constraint 'UQ_users'. Cannot insert duplicate key",
    ],
    ["SQL Server, injection", "Unclosed quotation mark after the character string ''."],
    ["Oracle", "ORA-00942: table or view does not exist"],
    ["MongoDB", "E11000 duplicate key error collection: shop.users index: email_1 dup key"],
    ["Prisma", "Invalid `prisma.user.create()` invocation"],
    ["PDO", "SQLSTATE[HY000] [2002] Connection refused"],
  ],
  credentials: [
    ["a connection string", "postgres://app:hunter2@db.internal:5432/orders"],
    ["a connection string without a user", "rediss://:hunter2@cache.internal:6379/0"],
    ["a URL with a password", "see https://deploy:s3cr3t%21@git.example.com/repository"],
    ["a password with marks", "postgres://app:S3cure#Pass@db:5432/o"],
    ["a connection string of pairs", "Server=db;User Id=sa;Password=Hunter2!;"],
    ["a connection string of JDBC", "jdbc:mysql://db/x?user=app&password=hunter22"],
    ["a private key", "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQ"],
    ["a connection string to an IPv6 address", "amqp://guest:guest@[fd00::1]:5672"],
  ],
  system_error: [
    ["a refused connection", "connect ECONNREFUSED 10.0.3.17:5432"],
    ["a name that is not found", "getaddrinfo ENOTFOUND db.internal"],
    ["a missing file", "ENOENT: no such file or directory, open '/var/task/secrets.json'"],
    ["a connection that timed out", "connect ETIMEDOUT 10.0.3.17:5432"],
    ["a host out of reach", "connect EHOSTUNREACH 10.0.3.17:5432 - Local (10.0.3.4:41234)"],
    ["a forbidden file", "EACCES: permission denied, open '/var/task/secrets.json'"],
    ["a forbidden operation", "EPERM: operation not permitted, unlink '/tmp/x'"],
    ["a missing module", "Cannot find module '/var/task/index.js'"],
    ["a missing package", "Cannot find package 'zod' imported from /var/task/index.mjs"],
    [
      "a missing permission",
      "User: arn:aws:sts::123456789012:assumed-role/orders/orders is not authorized to perform: dynamodb:PutItem",
    ],
  ],
};

describe("blocks", () => {
  for (const [kind, texts] of Object.entries(leaks)) {
    test.each(texts)(`${kind}: %s, plain and in a JSON string`, async (_, text) => {
      expect(await ofBody(text)).toBe(kind);
      expect(await ofBody(JSON.stringify({ id: 1, message: text, name: "Zoë" }))).toBe(kind);
      expect(await ofBody(`${"x".repeat(100_000)}\n${text}`)).toBe(kind);
    });
  }

  test.each([
    ["stack_trace", "org.example.Orders.place(Orders.java:42)"],
    ["database_error", '{"name":"MongoServerError"}'],
    ["database_error", "SQLSTATE[23000]"],
    ["database_error", "in:`prisma.order.create()`"],
    ["database_error", '{"code":"ER_DUP_ENTRY"}'],
    ["database_error", '{"code":"SQLITE_CONSTRAINT"}'],
    ["credentials", '{"url":"postgres://app:hunter2@db/orders"}'],
    ["credentials", "Server=db;Uid=app;Pwd=hunter2"],
  ])("%s: %s, a text without a blank", async (kind, text) => {
    expect(await ofBody(text)).toBe(kind);
    expect(await verdictOf({ statusCode: 200, headers: { "x-error": text } })).toBe(kind);
  });

  test("a secret's value, in the encodings that code puts it into", async () => {
    using secret = new Secret("database", 'correct "horse" battery/staple');
    const value = secret.reveal();
    expect(await ofBody(`{"password":${JSON.stringify(value)}}`)).toBe("secret");
    expect(await ofBody(`/login?password=${encodeURIComponent(value)}`)).toBe("secret");
    expect(await ofBody(JSON.stringify({ token: Buffer.from(value).toString("base64") }))).toBe(
      "secret",
    );
    expect(await ofBody(JSON.stringify({ secret }))).toBe("ok");
  });

  test("a secret in a text that is too short for any message", async () => {
    using _ = new Secret("pin", "93158-274");
    expect(await ofBody("93158-274")).toBe("secret");
  });

  test("what payload format 2.0 allows as short form", async () => {
    expect(await verdictOf({ error: stack })).toBe("stack_trace");
    expect(await verdictOf(stack)).toBe("stack_trace");
    expect(await verdictOf([{ rows: [{ message: stack }] }])).toBe("stack_trace");
  });

  test("base64 text, whatever its type says, unless it is binary", async () => {
    const body = Buffer.from(stack).toString("base64");
    const ofType = (headers?: Record<string, string>): Promise<string> =>
      verdictOf({ statusCode: 200, isBase64Encoded: true, body, headers });
    expect(await ofType()).toBe("stack_trace");
    expect(await ofType({ "Content-Type": "application/problem+json" })).toBe("stack_trace");
    expect(await ofType({ "Content-Type": "text/html; charset=utf-8" })).toBe("stack_trace");
    expect(await ofType({ "Content-Type": "image/png" })).toBe("ok");
    expect(await ofType({ "Content-Type": "text/html", "content-encoding": "br" })).toBe("ok");
  });

  test("header values and cookies", async () => {
    const oneLine = stack.replaceAll("\n", " ");
    expect(await verdictOf({ statusCode: 200, headers: { "x-error": oneLine } })).toBe(
      "stack_trace",
    );
    expect(await verdictOf({ statusCode: 200, cookies: ["a=1", `error=${oneLine}`] })).toBe(
      "stack_trace",
    );
    using captured = captureSecurityEvents();
    const response = { statusCode: 200, multiValueHeaders: { "x-error": ["fine", oneLine] } };
    await invoke(returning(response), httpEvent("api-gateway-rest"));
    expect(captured.events).toMatchObject([{ params: ["stack_trace"] }]);
  });

  test("a body that is no text, as the JSON that will leave", async () => {
    const toJSON = (): string => stack;
    expect(await ofBody({ rows: [{ message: stack }] })).toBe("stack_trace");
    expect(await ofBody({ toJSON })).toBe("stack_trace");
    expect(await ofBody(new String(stack))).toBe("stack_trace");
    expect(await verdictOf({ statusCode: 200, headers: { "x-error": { toJSON } } })).toBe(
      "stack_trace",
    );
  });

  test("headers that are no map of texts, as the JSON that will leave", async () => {
    class Headers {
      toJSON(): object {
        return { "x-error": stack };
      }
    }
    const ofHeaders = async (headers: unknown): Promise<unknown> => {
      const response = { statusCode: 200, headers, body: "fine" };
      return JSON.parse((await invoke(returning(response), lattice)).payload);
    };
    for (const headers of [new Headers(), stack, [stack], { a: 1, "x-error": stack }]) {
      expect(await ofHeaders(headers)).toMatchObject({ statusCode: 500 });
    }
    expect(await ofHeaders({ a: "fine" })).toMatchObject({ statusCode: 200 });
    expect(await ofHeaders(null)).toMatchObject({ statusCode: 200 });
  });

  test("a header beside a long body", async () => {
    const headers = { "x-error": stack.replaceAll("\n", " ") };
    const body = "x".repeat(100_000);
    expect(await verdictOf({ statusCode: 200, headers, body })).toBe("stack_trace");
    expect(await verdictOf({ statusCode: 200, headers: {}, body })).toBe("ok");
  });

  test("a response that is dressed as a stream", async () => {
    const response = { statusCode: 200, body: stack, [Symbol.asyncIterator]: 1 };
    expect(await verdictOf(response)).toBe("stack_trace");
  });

  test("the headers of a stream", async () => {
    using captured = captureSecurityEvents();
    const headers = { "x-error": stack.replaceAll("\n", " ") };
    const body = Readable.from(["fine"]);
    const answer = await returning({ statusCode: 200, headers, body })(event, lambdaContext());
    expect(answer).toMatchObject({ statusCode: 500 });
    expect(body.readableDidRead).toBe(false);
    expect(captured.events).toHaveLength(1);
  });

  test("the status description of an ALB", async () => {
    using captured = captureSecurityEvents();
    const statusDescription = "500 postgres://app:hunter2@db/orders";
    const response = { statusCode: 500, statusDescription, body: "" };
    const outcome = await invoke(returning(response), httpEvent("alb"));
    expect(outcome.payload).not.toContain("hunter2");
    expect(captured.events).toMatchObject([{ params: ["credentials"] }]);
  });

  test("what the gateway may take for a response although it has no status", async () => {
    using captured = captureSecurityEvents();
    const outcome = await invoke(returning({ body: stack }), httpEvent("api-gateway-rest"));
    expect(outcome.result).toMatchObject({ statusCode: 500 });
    expect(captured.events).toHaveLength(1);
  });

  test.each(HTTP_KINDS)("for %s, with nothing of the handler's response left", async (kind) => {
    const response = {
      statusCode: 200,
      headers: { "set-cookie": "session=1", "x-debug": "1" },
      cookies: ["session=1"],
      body: stack,
    };
    const outcome = await invoke(returning(response), httpEvent(kind));
    const answer = httpAnswer(kind, outcome);
    expect(answer.status).toBe(500);
    expect(answer.headers).toEqual([["content-type", "application/problem+json"]]);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ code: "internal_server_error" });
    expect(outcome.payload).not.toContain("session");
  });
});

const harmless: readonly (readonly [name: string, text: string])[] = [
  ["a problem", '{"type":"about:blank","title":"Not Found","status":404,"detail":"No order."}'],
  ["talk of errors", '{"message":"Error: the stack trace at line 3 was useless"}'],
  ["talk of a stack", '{"stack":"MERN","error":null,"stack_trace":false}'],
  ["indented JSON", JSON.stringify({ a: { b: { at: "noon", c: ["x:1:2"] } } }, null, 4)],
  ["a poem with an indented `at`", "We meet\n    at the station (10:30:15)\n    at noon"],
  ["a schedule", "    at 10:30:45 the train leaves"],
  ["links", '{"self":"https://api.example.com:8443/orders/1?at=10:30","next":"http://[::1]:80/"}'],
  ["a link to a profile", "https://medium.com:443/@ada and https://example.com/a:b@c"],
  ["e-mail addresses", '{"from":"ada@example.com","to":"mailto:grace@example.com"}'],
  ["a clone URL without a password", "ssh://git@github.com:22/orders.git"],
  ["a masked connection string", "postgres://app:***@db/orders, redis://:xxxxx@cache"],
  ["a connection string's template", "postgres://app:$" + "{DB_PASSWORD}@db, mysql://u:{pass}@h"],
  ["constraints", '{"text":"This violates unique constraints of physics; a UNIQUE constraint"}'],
  ["syntax", '{"text":"Our SQL syntax checker found a syntax error at or near line 3"}'],
  ["an article code", '{"sku":"ORA-10001","name":"Orange juice","alt":"FLORA-12345"}'],
  ["mathematics", "f(x)=(y) is a curve, (a)=(b) already"],
  ["enumerations", '{"status":"ORDER_PLACED","types":["USER_DUP","CARRIER_UNKNOWN"]}'],
  ["a failed login", '{"detail":"The login failed for user ada. Access denied."}'],
  ["an import's report", `{"errors":["Duplicate entry 'Berlin'","Unknown column 'city'"]}`],
  ["network terms", "ECONNREFUSED means that nobody listens; getaddrinfo resolves names"],
  ["a file name", "See Orders.java:42 and Orders.cs:42, or ENOENT: see the manual"],
  ["a user's ARN", '{"text":"User: arn:aws:iam::123456789012:user/ada"}'],
  ["HTML", "<p>&nbsp;at home &nbsp;at 10:30</p>"],
  ["a traceback by name", "Python prints `Traceback (most recent call last)` first."],
  [
    "an article about SQL errors",
    "When a table does not exist, PostgreSQL says that the relation does not exist and MySQL that the table doesn't exist. An incorrect syntax near a keyword, an invalid column name or a failed login for a user, data too long for a field, an unrecognized token or an unterminated quoted string are as common. Then there is permission denied for table and view alike, and duplicate entries.",
  ],
  ["an address", "at noon (room 5:30), at gate 10:30:15 (hall 7), meet at 10:30"],
  [
    "a booking",
    "no such table was booked; no such table: please call, no such column: sorry for that",
  ],
  ["a denial", "Permission denied for table 5 at noon. permission denied for table bookings today"],
  ["a tour", "The tour operator does not exist. This function does not exist"],
  ["codes of an emergency room", '{"codes":["ER_VISIT","ER_POSITIVE","NUMBER_OF_ROOMS","ER_"]}'],
  ["a course", "Cannot find module 'Physics 101' and cannot find package '7'"],
  ["a linter", "Format index.js:10:5 and look at index.ts:3 or at (index.js)"],
  ["Node.js by name", "We like node (node:20) at events"],
  ["a sign-in", '{"user":"ada","password":"hunter2-hunter2","token":"eyJhbGciOi.abc"}'],
  ["talk of keys", "A file with -----BEGIN PRIVATE KEY----- is a key."],
  ["talk of databases", "MongoDB throws MongoServerError and SQLITE_BUSY happens"],
  ["nothing", ""],
  ["binary text", "\0\u0001\uffff\ud800 at at at"],
];

describe("lets pass", () => {
  test.each(harmless)("%s", async (_, text) => {
    expect(await ofBody(text)).toBe("ok");
    expect(await ofBody(JSON.stringify({ text }))).toBe("ok");
  });

  test("the response as the handler made it", async () => {
    const response = {
      statusCode: 201,
      headers: { "content-type": "application/json", "x-count": 3, "x-flag": true },
      cookies: ["session=1"],
      body: '{"id":1}',
    };
    expect((await invoke(returning(response), event)).result).toEqual(response);
  });

  test.each([undefined, null, 7, { statusCode: 204 }, { statusCode: 200, body: 7 }])(
    "%o",
    async (response) => {
      using captured = captureSecurityEvents();
      for (const kind of HTTP_KINDS) {
        const { error } = await invoke(returning(response), httpEvent(kind));
        expect(error).toBeUndefined();
      }
      expect(captured.events).toEqual([]);
    },
  );
});

describe("a refusal that names what a caller has sent", () => {
  const secret = new Secret("database", "correct horse battery staple");

  async function answerTo(
    name: string,
    detail = "The request is not valid.",
    others: object = {},
    options: ErrorSanitizerOptions = {},
  ) {
    using captured = captureSecurityEvents();
    const handler = middy()
      .use(errorSanitizer(options))
      .before((request) => {
        refuse(request, {
          statusCode: 422,
          code: "validation_failed",
          detail,
          source: "a-validator",
          params: ["body"],
          extensions: { errors: [{ pointer: `#/${name}` }], ...others },
        });
      })
      .handler(() => undefined);
    const { result } = await invoke(handler, event);
    return { result, events: captured.events.map(({ name }) => name) };
  }

  test.each([
    ["the code of a database's error", "ER_DUP_ENTRY_XX"],
    ["a frame", "at f (/var/task/i.js:10:5)"],
    ["the value of a secret, guessed", secret.reveal()],
  ])("is no leak: %s", async (_, name) => {
    const { result, events } = await answerTo(name);
    expect(result).toMatchObject({ statusCode: 422 });
    expect(events).toEqual(["input_validation_fail"]);
  });

  test("is one when its own words leak", async () => {
    const { result, events } = await answerTo("ER_DUP_ENTRY_XX", `It is ${secret.reveal()}.`);
    expect(result).toMatchObject({ statusCode: 500 });
    expect(events).toEqual(["input_validation_fail", "response_leak"]);
  });

  test("is one when another member leaks, and when one has no JSON form besides", async () => {
    const members = [{ cause: secret.reveal() }, { cause: secret.reveal(), count: 1n }];
    for (const others of members) {
      expect((await answerTo("sku", undefined, others)).result).toMatchObject({ statusCode: 500 });
    }
  });

  test("is looked at as its option says", async () => {
    const answer = (leakGuard: "off" | "report") =>
      answerTo("sku", `It is ${secret.reveal()}.`, {}, { leakGuard });
    const report = await answer("report");
    expect(report.result).toMatchObject({ statusCode: 422 });
    expect(report.events).toEqual(["input_validation_fail", "response_leak"]);
    const off = await answer("off");
    expect(off.result).toMatchObject({ statusCode: 422 });
    expect(off.events).toEqual(["input_validation_fail"]);
  });

  test("is one where the error of the application is none of a refusal", async () => {
    using captured = captureSecurityEvents();
    const handler = middy()
      .use(errorSanitizer())
      .handler(() => {
        throw new PublicError(422, { extensions: { errors: [{ pointer: "ER_DUP_ENTRY_XX" }] } });
      });
    expect((await invoke(handler, event)).result).toMatchObject({ statusCode: 500 });
    expect(captured.events).toMatchObject([{ name: "response_leak" }]);
  });
});

describe("leakGuard", () => {
  const response = { statusCode: 200, headers: { "x-kept": "1" }, body: stack };

  test("`report` publishes the leak and lets it pass", async () => {
    using captured = captureSecurityEvents();
    const outcome = await invoke(returning(response, { leakGuard: "report" }), event);
    expect(outcome.result).toEqual(response);
    expect(captured.events).toMatchObject([
      {
        name: "response_leak",
        params: ["stack_trace"],
        outcome: "detected",
        source: "@middy-hardening/error-sanitizer",
      },
    ]);
    expect(JSON.stringify(captured.events)).not.toContain("order not found");
  });

  test("`off` does not look", async () => {
    using captured = captureSecurityEvents();
    const outcome = await invoke(returning(response, { leakGuard: "off" }), event);
    expect(outcome.result).toEqual(response);
    expect(captured.events).toEqual([]);
  });
});

describe("a hostile response", () => {
  const throwing = {
    get() {
      throw new Error("secret");
    },
    enumerable: true,
  };
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const deep: Record<string, unknown> = {};
  deep.deep = deep;

  test.each([
    ["whose status throws", Object.defineProperty({}, "statusCode", throwing)],
    ["whose body throws", Object.defineProperty({ statusCode: 200 }, "body", throwing)],
    ["whose headers throw", Object.defineProperty({ statusCode: 200 }, "headers", throwing)],
    [
      "whose header throws",
      { statusCode: 200, headers: Object.defineProperty({}, "x-a", throwing) },
    ],
    ["that is a revoked proxy", revoked],
    ["that is circular", circular],
    ["whose cookies are circular", { statusCode: 200, cookies: deep }],
    ["that holds a big integer", { total: 1n }],
    ["whose body holds a big integer", { statusCode: 200, body: { total: 1n } }],
    [
      "whose body's toJSON throws",
      {
        statusCode: 200,
        body: {
          toJSON() {
            throw new Error("secret");
          },
        },
      },
    ],
  ])("%s is answered by a quiet 500", async (_, response) => {
    using captured = captureSecurityEvents();
    const outcome = await invoke(returning(response), event);
    expect(outcome.error).toBeUndefined();
    expect(outcome.result).toMatchObject({ statusCode: 500 });
    expect(outcome.payload).not.toContain("secret");
    expect(captured.events).toMatchObject([{ name: "sys_crash", outcome: "blocked" }]);
  });
});
