/**
 * Secrets of many kinds, made up at random. They are put together from pieces, so that nothing that
 * looks like one stands in this repository.
 */
import {
  ALNUM,
  BASE64,
  DIGITS,
  HEX,
  LOWER,
  type Random,
  randomFrom,
  UPPER,
  URL_SAFE,
} from "./redact-random.ts";

export interface MadeSecret {
  /** What must be gone. */
  readonly secret: string;
  /** In what it stands, if not alone. */
  readonly text: string;
}

type Make = (random: Random) => string | MadeSecret;

const within = (before: string, secret: string, after = ""): MadeSecret => ({
  secret,
  text: before + secret + after,
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const base64url = (text: string): string => Buffer.from(text).toString("base64url");

const uuid = (random: Random): string =>
  [8, 4, 4, 4, 12].map((length) => random.of(HEX, length)).join("-");

const jwt = (random: Random): string =>
  [
    base64url(JSON.stringify({ alg: "HS256", typ: "JWT" })),
    base64url(JSON.stringify({ sub: random.of(DIGITS, 10), iat: 1_767_605_412 })),
    random.of(URL_SAFE, 43),
  ].join(".");

function card(random: Random, prefix: string, length: number): string {
  const digits = prefix + random.of(DIGITS, length - prefix.length - 1);
  const check = [...DIGITS].find((digit) => {
    const sum = [...(digits + digit)].reverse().reduce((total, each, index) => {
      const weighted = Number(each) * (1 + (index % 2));
      return total + (weighted > 9 ? weighted - 9 : weighted);
    }, 0);
    return sum % 10 === 0;
  });
  return `${digits}${check}`;
}

const grouped = (digits: string, sizes: readonly number[], separator: string): string => {
  let at = 0;
  return sizes.map((size) => digits.slice(at, (at += size))).join(separator);
};

const pem = (random: Random, name: string): MadeSecret => {
  const body = Array.from({ length: 4 }, () => random.of(BASE64, 64)).join("\n");
  return within(`-----BEGIN ${name}-----\n`, body, `\n-----END ${name}-----\n`);
};

/** By kind. */
const made: Readonly<Record<string, Make>> = {
  jwt,
  "encrypted JWT": (random) =>
    [base64url(JSON.stringify({ alg: "dir", enc: "A256GCM" })), "", 16, 60, 22]
      .map((part) => (typeof part === "number" ? random.of(URL_SAFE, part) : part))
      .map((part, index) => (index === 1 ? random.of(URL_SAFE, 40) : part))
      .join("."),
  "AWS access key id": (random) => `${"AK"}${"IA"}${random.of(`${UPPER}234567`, 16)}`,
  "AWS temporary access key id": (random) => `${"AS"}${"IA"}${random.of(`${UPPER}234567`, 16)}`,
  "AWS secret access key": (random) => random.of(BASE64, 40),
  "AWS session token": (random) => `${"FwoGZX"}${"IvYXdz"}${random.of(BASE64, 200)}`,
  "AWS Bedrock key": (random) => `${"AB"}${"SK"}${random.of(ALNUM, 128)}`,
  "AWS AppSync key": (random) => `${"da"}2-${random.of(LOWER + DIGITS, 26)}`,
  "GitHub personal token": (random) => `${"gh"}p_${random.of(ALNUM, 36)}`,
  "GitHub OAuth token": (random) => `${"gh"}o_${random.of(ALNUM, 36)}`,
  "GitHub app token": (random) => `${"gh"}s_${random.of(ALNUM, 36)}`,
  "GitHub fine-grained token": (random) =>
    `${"github"}_pat_${random.of(ALNUM, 22)}_${random.of(ALNUM, 59)}`,
  "GitLab token": (random) => `${"gl"}pat-${random.of(URL_SAFE, 20)}`,
  "GitLab runner token": (random) => `${"gl"}rt-${random.of(URL_SAFE, 20)}`,
  "Atlassian token": (random) => `${"ATA"}TT3${random.of(URL_SAFE, 180)}`,
  "Bitbucket token": (random) => `${"AT"}BB${random.of(ALNUM, 32)}`,
  "npm token": (random) => `${"np"}m_${random.of(ALNUM, 36)}`,
  "PyPI token": (random) => `${"py"}pi-AgE${random.of(URL_SAFE, 150)}`,
  "RubyGems key": (random) => `${"ruby"}gems_${random.of(HEX, 48)}`,
  "crates.io token": (random) => `${"ci"}o${random.of(ALNUM, 32)}`,
  "NuGet key": (random) => `${"oy"}2${random.of(LOWER + DIGITS, 43)}`,
  "Docker token": (random) => `${"dckr"}_pat_${random.of(URL_SAFE, 27)}`,
  "CircleCI token": (random) => `${"CCI"}PAT_${random.of(ALNUM, 22)}_${random.of(HEX, 40)}`,
  "Sonar token": (random) => `${"sq"}u_${random.of(HEX, 40)}`,
  "Sentry token": (random) => `${"sntry"}u_${random.of(HEX, 64)}`,
  "Pulumi token": (random) => `${"pu"}l-${random.of(HEX, 40)}`,
  "Slack bot token": (random) =>
    `${"xo"}xb-${random.of(DIGITS, 12)}-${random.of(DIGITS, 12)}-${random.of(ALNUM, 24)}`,
  "Slack app token": (random) =>
    `${"xa"}pp-1-A${random.of(UPPER, 10)}-${random.of(DIGITS, 13)}-${random.of(HEX, 64)}`,
  "Slack webhook": (random) =>
    within(
      "https://hooks.slack.com/services/",
      `T${random.of(UPPER, 8)}/B${random.of(UPPER, 8)}/${random.of(ALNUM, 24)}`,
    ),
  "Discord webhook": (random) =>
    within(
      `https://discord.com/api/webhooks/${random.of("123456789", 18)}/`,
      random.of(URL_SAFE, 68),
    ),
  "Discord bot token": (random) =>
    `M${random.of(ALNUM, 23)}.${random.of(ALNUM, 6)}.${random.of(URL_SAFE, 38)}`,
  "Telegram bot token": (random) => `${random.of("123456789", 10)}:A${random.of(ALNUM, 34)}`,
  "SendGrid key": (random) => `${"S"}G.${random.of(URL_SAFE, 22)}.${random.of(URL_SAFE, 43)}`,
  "Mailgun key": (random) => `${"ke"}y-${random.of(HEX, 32)}`,
  "Mailchimp key": (random) => `${random.of(HEX, 32)}-us${1 + random.below(20)}`,
  "Brevo key": (random) => `${"xkey"}sib-${random.of(HEX, 64)}-${random.of(ALNUM, 16)}`,
  "Twilio key": (random) => `${"S"}K${random.of(HEX, 32)}`,
  "Stripe key": (random) => `${"sk"}_live_${random.of(ALNUM, 24)}`,
  "Stripe restricted key": (random) => `${"rk"}_live_${random.of(ALNUM, 24)}`,
  "Stripe webhook secret": (random) => `${"wh"}sec_${random.of(ALNUM, 32)}`,
  "Square token": (random) => `${"sq"}0atp-${random.of(URL_SAFE, 22)}`,
  "Facebook token": (random) => `${"EA"}AC${random.of(ALNUM, 180)}`,
  "Braintree token": (random) =>
    `${"access"}_token$production$${random.of(LOWER, 16)}$${random.of(HEX, 32)}`,
  "Shopify token": (random) => `${"sh"}pat_${random.of(HEX, 32)}`,
  "Plaid token": (random) => `${"access"}-production-${uuid(random)}`,
  "Google API key": (random) => `${"AI"}za${random.of(URL_SAFE, 34)}x`,
  "Google OAuth token": (random) => `${"ya"}29.${random.of(URL_SAFE, 100)}`,
  "Google refresh token": (random) => `${"1/"}/0${random.of(URL_SAFE, 60)}`,
  "Google OAuth secret": (random) => `${"GOC"}SPX-${random.of(URL_SAFE, 28)}`,
  "Firebase key": (random) => `${"AA"}AA${random.of(URL_SAFE, 7)}:${random.of(URL_SAFE, 140)}`,
  "Azure client secret": (random) => `${random.of(ALNUM, 3)}8${"Q"}~${random.of(`${ALNUM}_-`, 34)}`,
  "Azure storage key": (random) =>
    within(
      "DefaultEndpointsProtocol=https;AccountName=orders;AccountKey=",
      `${random.of(BASE64, 86)}==`,
      ";EndpointSuffix=core.windows.net",
    ),
  "Azure shared access signature": (random) =>
    within(
      "https://orders.blob.core.windows.net/a?sv=2024-11-04&sig=",
      encodeURIComponent(`${random.of(BASE64, 43)}=`),
      "&se=2026-01-05",
    ),
  "DigitalOcean token": (random) => `${"do"}p_v1_${random.of(HEX, 64)}`,
  "Heroku key": (random) => `${"HR"}KU-${uuid(random)}`,
  "Databricks token": (random) => `${"da"}pi${random.of(HEX, 32)}`,
  "PlanetScale token": (random) => `${"psc"}ale_tkn_${random.of(URL_SAFE, 43)}`,
  "Supabase key": (random) => `${"sb"}p_${random.of(HEX, 40)}`,
  "Netlify token": (random) => `${"nf"}p_${random.of(ALNUM, 40)}`,
  "Tailscale key": (random) => `${"ts"}key-auth-${random.of(ALNUM, 12)}-${random.of(ALNUM, 32)}`,
  "Terraform Cloud token": (random) =>
    `${random.of(ALNUM, 14)}.${"atlas"}v1.${random.of(URL_SAFE, 67)}`,
  "Vault token": (random) => `${"hv"}s.${random.of(URL_SAFE, 90)}`,
  "Doppler token": (random) => `${"dp"}.pt.${random.of(ALNUM, 43)}`,
  "1Password token": (random) => `${"ops"}_eyJ${random.of(ALNUM, 250)}`,
  "age key": (random) => `${"AGE-SECRET"}-KEY-1${random.of(UPPER + DIGITS, 58)}`,
  "Postman key": (random) => `${"PM"}AK-${random.of(HEX, 24)}-${random.of(HEX, 34)}`,
  "New Relic key": (random) => `${"NR"}AK-${random.of(UPPER + DIGITS, 27)}`,
  "Grafana token": (random) => `${"gl"}sa_${random.of(ALNUM, 32)}_${random.of(HEX, 8)}`,
  "Dynatrace token": (random) =>
    `${"dt0"}c01.${random.of(UPPER, 24)}.${random.of(UPPER + DIGITS, 64)}`,
  "LaunchDarkly key": (random) => `${"sd"}k-${uuid(random)}`,
  "Linear key": (random) => `${"lin"}_api_${random.of(ALNUM, 40)}`,
  "Notion token": (random) => `${"nt"}n_${random.of(ALNUM, 46)}`,
  "Airtable token": (random) => `${"pa"}t${random.of(ALNUM, 14)}.${random.of(HEX, 64)}`,
  "Figma token": (random) => `${"fi"}gd_${random.of(URL_SAFE, 40)}`,
  "Mapbox token": (random) => `${"sk"}.eyJ${random.of(ALNUM, 80)}.${random.of(URL_SAFE, 22)}`,
  "OpenAI key": (random) => `${"sk"}-proj-${random.of(URL_SAFE, 120)}`,
  "OpenAI user key": (random) => `${"sk"}-${random.of(ALNUM, 48)}`,
  "Anthropic key": (random) => `${"sk"}-ant-api03-${random.of(URL_SAFE, 93)}AA`,
  "Hugging Face token": (random) => `${"h"}f_${random.of(ALNUM, 34)}`,
  "Replicate token": (random) => `${"r"}8_${random.of(ALNUM, 37)}`,
  "Groq key": (random) => `${"gs"}k_${random.of(ALNUM, 52)}`,
  "LangSmith key": (random) => `${"lsv2"}_pt_${random.of(HEX, 32)}_${random.of(HEX, 10)}`,
  "bcrypt hash": (random) => `$2b$10$${random.of(`${ALNUM}./`, 53)}`,
  "private key": (random) => pem(random, "PRIVATE KEY"),
  "RSA private key": (random) => pem(random, "RSA PRIVATE KEY"),
  "OpenSSH private key": (random) => pem(random, "OPENSSH PRIVATE KEY"),
  "PGP private key": (random) => pem(random, "PGP PRIVATE KEY BLOCK"),
  "encoded private key": (random) => base64(pem(random, "RSA PRIVATE KEY").text).slice(0, 300),
  "Bearer credentials": (random) => within("Authorization: Bearer ", `${random.of(URL_SAFE, 39)}7`),
  "Basic credentials": (random) => within("sent Basic ", base64(`ada:${random.of(ALNUM, 20)}1`)),
  "password in a URL": (random) =>
    within("https://ada:", random.of(ALNUM, 16), "@example.com/orders.git"),
  "password in a database URL": (random) =>
    within("postgres://app:", `${random.of(ALNUM, 8)}@:${random.of(ALNUM, 8)}`, "@db:5432/orders"),
  "password in a connection string": (random) =>
    within("Server=db;User Id=app;Password=", `${random.of(ALNUM, 8)} ${random.of(ALNUM, 8)}`, ";"),
  "token in a query": (random) => within("/callback?access_token=", random.of(ALNUM, 24), "&id=1"),
  "key in a header": (random) => within("X-Api-Key: ", random.of(ALNUM, 24)),
  "Visa card": (random) => card(random, "4", 16),
  "Visa card in groups": (random) => grouped(card(random, "45", 16), [4, 4, 4, 4], " "),
  "Mastercard card in groups": (random) => grouped(card(random, "52", 16), [4, 4, 4, 4], "-"),
  "American Express card": (random) => card(random, "37", 15),
  "American Express card in groups": (random) => grouped(card(random, "34", 15), [4, 6, 5], " "),
  "Discover card": (random) => card(random, "6011", 16),
  "Diners Club card": (random) => card(random, "36", 14),
  "JCB card": (random) => card(random, "3530", 16),
  "UnionPay card": (random) => card(random, "62", 19),
};

/** Some of each kind. */
export function* secrets(perKind: number): Generator<readonly [kind: string, made: MadeSecret]> {
  for (const [kind, make] of Object.entries(made)) {
    const random = randomFrom(Buffer.from(kind).reduce((sum, byte) => sum * 31 + byte, 7) | 0);
    for (let count = 0; count < perKind; count++) {
      const one = make(random);
      yield [kind, typeof one === "string" ? { secret: one, text: one } : one];
    }
  }
}
