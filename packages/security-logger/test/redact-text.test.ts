import { Secret } from "@middy-hardening/core";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../src/index.ts";

const { text } = createRedactor();

/** With every mask written short. */
const short = (shown: string): string => shown.replace(/\[redacted[^\]]*\]/g, "***");

const KEY = `-----BEGIN RSA ${"PRIVATE"} KEY-----\nMIIEpAIBAAKCAQEAhunter2x\n-----END RSA ${"PRIVATE"} KEY-----`;

describe("text", () => {
  it.each([
    // URLs
    ["postgres://app:S3cure#Pass@db:5432/o", "postgres://app:***@db:5432/o"],
    ["postgres://app:pa/ss@db", "postgres://app:***@db"],
    ["postgres://app:p?ss@db", "postgres://app:***@db"],
    ['postgres://app:pa"ss@db', "postgres://app:***@db"],
    ["postgres://app:pa'ss@db/x", "postgres://app:***@db/x"],
    ["postgres://app:pa ss@db", "postgres://app:***@db"],
    ["postgres://app:pa ss@wo@rd@db:5432/o", "postgres://app:***@db:5432/o"],
    ["postgres:\\/\\/app:hunter2@db", "postgres:\\/\\/app:***@db"],
    ["redis://:p@ss@cache:6379", "redis://:***@cache:6379"],
    ["https://deploy:s3cr3t%21@git.example.com/a", "https://deploy:***@git.example.com/a"],
    ["amqp://a:hunter2@q1,amqp://b:hunter2@q2", "amqp://a:***@q2"],
    ["https://deploy-t0ken@github.com/x.git", "https://***@github.com/x.git"],
    ["https://t0ken@a/?to=redis://b:hunter2@c", "https://***@a/?to=redis://b:***@c"],
    // Cut by somebody else
    ["to postgres://app:hunter…", "to postgres://app:***"],
    ["to postgres://app:p@hunter…", "to postgres://app:***"],
    ["to https://db.example:54…", "to https://db.example:54…"],
    ["to https://db.example:443/orders/1…", "to https://db.example:443/orders/1…"],
    ["to https://db.example/a:b…", "to https://db.example/a:b…"],
    // Connection strings
    ["Server=db;User Id=sa;Password=Hunter2!;", "Server=db;User Id=sa;Password=***;"],
    ["Password=Hunter2!;Database=orders", "Password=***;Database=orders"],
    ["SERVER=db;PWD=ab,cd efgh", "SERVER=db;PWD=***"],
    ["jdbc:mysql://db/x?user=app&password=hunter22", "jdbc:mysql://db/x?user=app&password=***"],
    ["postgres://db/x?password=hunter22&a=b", "postgres://db/x?password=***&a=b"],
    ["host=db user=app password=hunter2 port=5432", "host=db user=app password=*** port=5432"],
    ["Password=correct horse battery;", "Password=***;"],
    ["Password=ab,cdefgh;", "Password=***;"],
    ["Password='it''s secret'", "Password='***'"],
    // JSON, in JSON too, and cut in the middle
    ['{"password":"hun\\"ter2secret"}', '{"password":"***"}'],
    ['{"password":"ends in \\\\","id":1}', '{"password":"***","id":1}'],
    ['{"password": 12345, "id": 1}', '{"password": "***", "id": 1}'],
    ['{"pin":[1,2,3],"id":1}', '{"pin":"***","id":1}'],
    ['{"credentials":{"user":"a}","key":["b"]},"id":1}', '{"credentials":"***","id":1}'],
    ['{"credentials":{"user":"a', '{"credentials":"***"'],
    ['{"password":"cut in the mid', '{"password":"***'],
    ['{"password":"","secret":null,"token":false}', '{"password":"","secret":null,"token":false}'],
    ['{"tokens":512,"pass":{"n":1}}', '{"tokens":512,"pass":{"n":1}}'],
    ['{"tokens":"abc-def"}', '{"tokens":"***"}'],
    [
      JSON.stringify(JSON.stringify({ password: 'a"b\\', secret: { x: "y" }, id: 1 })),
      String.raw`"{\"password\":\"***\",\"secret\":\"***\",\"id\":1}"`,
    ],
    // Code, logs, headers, queries, forms, XML
    ['password="never closed\nnext', 'password="***\\u{a}next'],
    ["password=>'hunter2'", "password=>'***'"],
    ["password: `hunter2`", "password: `***`"],
    ["password := hunter2", "password := ***"],
    ["password=ab,cdefgh", "password=***"],
    ["password=ab,user=app", "password=***,user=app"],
    ["password=ab&user=app", "password=***&user=app"],
    ["password=&user=app", "password=&user=app"],
    ["password%3Dhunter2", "password%3D***"],
    ["user[password]=hunter2&id=1", "user[password]=***&id=1"],
    ["user%5Bpassword%5D=hunter2&id=1", "user%5Bpassword%5D=***&id=1"],
    ["a=1&data=%7B%22password%22%3A%22x%22%7D&b=2", "a=1&data=***&b=2"],
    ["a=%2Epassword%253Dhunter2%26", "a=***"],
    ["(password=hunter2)", "(password=***)"],
    ["pass=hunter2", "pass=***"],
    ["DB_PASS: hunter2", "DB_PASS: ***"],
    ["API key: hunter2", "API key: ***"],
    ["secret access key = hunter2", "secret access key = ***"],
    ["Card number: 12", "Card number: ***"],
    ["X-Api-Key: hunter2", "X-Api-Key: ***"],
    ["Authorization: Custom a b\nHost: x", "Authorization: ***\\u{a}Host: x"],
    ["Cookie: session=abc; theme=dark", "Cookie: ***"],
    ["sent Bearer eyJhbGciOi.abc.d3f to", "sent Bearer *** to"],
    ["sent Basic dXNlcjpwYXNz to", "sent Basic *** to"],
    ["<Password>hunter2</Password>", "<Password>***</Password>"],
    ["<wsse:Password>hunter2</wsse:Password>", "<wsse:Password>***</wsse:Password>"],
    [
      '<w:Password Type="#PasswordText">a</w:Password>',
      '<w:Password Type="#PasswordText">***</w:Password>',
    ],
    ["<token><![CDATA[a]]b]]></token>", "<token>***</token>"],
    ['<a href="#token">sign in</a>', '<a href="#token">sign in</a>'],
    ['<b class="x">bold</b>', '<b class="x">bold</b>'],
    ["Promise<Secret> of x", "Promise<Secret> of x"],
    // A name that stands elsewhere
    ['{"name":"DB_PASSWORD","value":"a b","id":1}', '{"name":"DB_PASSWORD","value":"***","id":1}'],
    ['{"Key": "token", "Value": "a b"}', '{"Key": "token", "Value": "***"}'],
    [
      '{\\"key\\":\\"Cookie\\",\\"value\\":\\"a\\"}',
      '{\\"key\\":\\"Cookie\\",\\"value\\":\\"***\\"}',
    ],
    ['{"name":"size","value":"12"}', '{"name":"size","value":"12"}'],
    ['<input name="password" value="a">', '<input name="password" value="***">'],
    ["size=1 value=2 and name=b", "size=1 value=2 and name=b"],
    ['an "a">b and \\">c', 'an "a">b and \\">c'],
    ["mysqldump --password hunter2 --all", "mysqldump --password *** --all"],
    ["run --token 'a b' --token \"c d\" -x", "run --token '***' --token \"***\" -x"],
    ["run --token --verbose", "run --token --verbose"],
    ["run --token 'never closed", "run --token 'never closed"],
    ["run --depth 3 --token `id`", "run --depth 3 --token `id`"],
    ["Key (id, token)=(1, a b) already exists.", "Key (id, token)=***) already exists."],
    ["Key (id)=(1) already exists.", "Key (id)=(1) already exists."],
    ["ALTER ROLE app WITH PASSWORD 'a b'", "ALTER ROLE app WITH PASSWORD '***'"],
    ["ALTER USER app IDENTIFIED BY 'a b'", "ALTER USER app IDENTIFIED BY '***'"],
    ["jdbc:oracle:thin:scott/tiger@//db:1521/x", "jdbc:oracle:thin:scott/***@//db:1521/x"],
    ["password               =   hunter2", "password               =   ***"],
    ['Authorization: Token token="a b", x="c"', "Authorization: ***"],
    ['{"header":"Cookie: a=b==","id":"x"}', '{"header":"Cookie: ***","id":"x"}'],
    ['curl -H "Cookie: a=b==" "https://x.example"', 'curl -H "Cookie: ***" "https://x.example"'],
    ['Cookie: a=""; b="c d"; e=f', "Cookie: ***"],
    [JSON.stringify({ a: 'Cookie: a="b c"; d=e', b: 1 }), '{"a":"Cookie: ***","b":1}'],
    [
      JSON.stringify(JSON.stringify({ a: "Cookie: a==", b: 1 })),
      String.raw`"{\"a\":\"Cookie: ***\",\"b\":1}"`,
    ],
    ['curl -H "Cookie: a=b" https://x.example', 'curl -H "Cookie: ***" https://x.example'],
    ["password=[redacted]hunter2", "password=***"],
    ["password=[redacted],[redacted card]", "password=***,***"],
    ["a >password> b", "a >password> b"],
    // Keys
    [`x ${KEY} y`, "x *** y"],
    [KEY.slice(0, 60), "***"],
    ["-----BEGIN PGP PRIVATE KEY BLOCK-----abc-----END nothing", "***nothing"],
  ])("masks what is secret in %j", (given, masked) => {
    expect(short(text(given))).toBe(masked);
    expect(short(text(`first ${given}`))).toBe(`first ${masked}`);
  });

  it.each(["\r\n", "\\r\\n", "\n"])("masks the parts of a form whose lines end in %j", (end) => {
    const form = [
      "--b",
      'Content-Disposition: form-data; name="user"',
      "",
      "ada",
      "--b",
      'Content-Disposition: form-data; name="password"; filename="a.txt"',
      "Content-Type: text/plain; charset=utf-8",
      "",
      "hunter2",
      "hunter2",
      "--b",
      'Content-Disposition: form-data; name="token"',
      "",
      "",
      "--b--",
    ].join(end);

    const [before, after] = text(form).split("[redacted]");
    expect(before).toMatch(/name="user".*ada.*name="password".*utf-8/);
    expect(after).toMatch(/--b.*name="token".*--b--$/);
    expect(text(form.slice(0, form.lastIndexOf("2") + 1))).not.toContain("hunter2");
  });

  it.each([
    "user=ada&password=hunter2",
    '{"user":"ada","password":"hunter2"}',
    `{"message":"the token","text":"${"zwölf ".repeat(50)}","token":"hunter2"}`,
    Buffer.from('{"user":"ada","password":"hunter2"}').toString("base64"),
  ])("masks the base64 of %j, which a logged event may have as its body", (body) => {
    const encoded = Buffer.from(body).toString("base64");
    expect(text(encoded)).toMatch(/^\[redacted encoded\]=*$/);
    expect(text(JSON.stringify({ id: 1, body: encoded }))).toMatch(
      /^\{"id":1,"body":"\[redacted encoded\]=*"\}$/,
    );
    for (let maxStringLength = 1; maxStringLength < encoded.length; maxStringLength += 7) {
      const cut = createRedactor({ maxStringLength: maxStringLength + 4 });
      expect(cut.text(`x: ${encoded}`).slice(3)).not.toMatch(/^\w/);
    }
  });

  it.each([
    "user=ada&page=12&size=20",
    "password=hunter2 \u0000\u0001\u0002\u0003",
    "\u0089PNG password=hunter2",
  ])("leaves the base64 of %j alone", (body) => {
    const encoded = Buffer.from(body).toString("base64");
    expect(text(encoded)).toBe(encoded);
  });

  it("says of what kind a secret was when its form told", () => {
    const token = `${"gh"}p_${"a1B2".repeat(9)}`;
    expect(text(`with ${token}, and password=${token}`)).toBe(
      "with [redacted github-token], and password=[redacted]",
    );
  });

  it("knows a token that begins after an escape", () => {
    const token = `${"eyJ"}hbGciOiJub25lIn0.${"eyJ"}zdWIiOiJhZGEifQ.c2lnbmF0dXJl`;
    for (const before of ["\\n", "\\u003d", "%20", "%3D", "\\t", "x "]) {
      expect(text(`a${before}${token} b`)).toMatch(/^a.*\[redacted (?:jwt|encoded)\] b$/);
    }
  });

  it.each([
    ["a live secret", "correct horse battery"],
    ["in base64", Buffer.from("correct horse battery").toString("base64")],
    ["in a URL", "correct%20horse%20battery"],
    ["under a name", "password=correct horse battery"],
  ])("masks %s by its label, and that alone", (_title, given) => {
    using _secret = new Secret("database", "correct horse battery");
    const shown = text(`before ${given}; after`);
    expect(shown).toContain("[secret database]");
    expect(shown).toMatch(/^before .*; after$/);
    expect(shown).not.toMatch(/horse|aG9yc2|Y29ycmVjd/);
  });

  it("knows a secret by its value no longer than it lives", () => {
    const secret = new Secret("database", "correct horse battery");
    secret[Symbol.dispose]();
    expect(text("correct horse battery")).toBe("correct horse battery");
  });

  it("masks two secrets that overlap as one", () => {
    using _first = new Secret("first", "password1234");
    using _second = new Secret("second", "1234abcd");
    expect(text("x password1234abcd y")).toBe("x [secret first] y");
  });

  it("shows what cannot be seen, so that no line, color or direction can be forged", () => {
    expect(text("a\nb\r\u2028c\u202ed\u001b[31m\u0000\u200be")).toBe(
      "a\\u{a}b\\u{d}\\u{2028}c\\u{202e}d\\u{1b}[31m\\u{0}\\u{200b}e",
    );
  });

  it("cuts a long text and says how long it was", () => {
    const redactor = createRedactor({ maxStringLength: 10 });
    expect(redactor.text("0123456789")).toBe("0123456789");
    expect(redactor.text("0123456789a")).toBe("0123456789…[11 characters]");
    expect(text("x".repeat(10_000_000))).toBe(`${"x".repeat(8192)}…[10000000 characters]`);
    // Not in the middle of a character, nor longer for what it shows of it.
    expect(redactor.text("123456789😀a")).toBe("123456789…[12 characters]");
    expect(redactor.text("\n\n\n")).toBe("\\u{a}\\u{a}…[3 characters]");
  });

  it("leaves out an encoded value that the cut goes through", () => {
    const redactor = createRedactor({ maxStringLength: 20 });
    expect(redactor.text("?id=1%2F2&b=token%3Dhunter2&c=1")).toBe("?id=1%2F2&b=…[31 characters]");
  });

  it("leaves no part of a secret that the cut goes through", () => {
    const redactor = createRedactor({ maxStringLength: 30, patterns: [/EMP-\d{6}/] });
    using _secret = new Secret("database", "correct horse battery staple");
    for (const secret of [
      `${"gh"}p_${"a1B2".repeat(9)}`,
      "password=hunter2hunter2hunter2",
      "correct horse battery staple",
      "EMP-123456",
    ]) {
      for (let before = 15; before < 32; before++) {
        const shown = redactor.text(`${"-".repeat(before)} ${secret} ${"-".repeat(50)}`);
        expect(shown).not.toMatch(/a1B2|hunter|correct|EMP/);
      }
    }
  });
});
