/**
 * Keys and tokens of well-known providers, by how they begin.
 *
 * @module
 */

import { once } from "../once.ts";

/**
 * A kind of token: what it is called, how it begins, and the form of the rest, tried from there on.
 * A group in the form is what the text keeps, such as a path; `before` is how many characters before
 * the beginning belong to the token.
 */
type TokenKind = readonly [kind: string, beginnings: string, rest: RegExp, before?: number];

/**
 * A token begins where a word does (or with a mark of its own). All forms are of bounded length up to what is sure to be a token,
 * but for the parts of a JWT.
 */
const tokenKinds = (): readonly TokenKind[] => [
  // Amazon Web Services
  ["aws-access-key-id", "AKIA ASIA ABIA ACCA", /[A-Z\d]{16}(?![A-Za-z\d])/y],
  [
    "aws-session-token",
    "FwoGZXIvYXdz FQoGZXIvYXdz IQoJb3JpZ2lu FQoDYXdz FwoDYXdz",
    /[\w/+=%-]{40,}/y,
  ],
  ["aws-bedrock-key", "ABSK bedrock-api-key-", /[\w/+-]{60,}={0,2}/y],
  ["aws-appsync-key", "da2-", /[a-z\d]{26}(?!\w)/y],
  // Source code, packages and builds
  ["github-token", "ghp_ gho_ ghu_ ghs_ ghr_", /\w{36,}/y],
  ["github-token", "github_pat_", /\w{22,}/y],
  [
    "gitlab-token",
    "glpat- gldt- glrt- glptt- glft- glimt- glagent- glsoat- glffct- gloas- glcbt- glwt-",
    /[\w-][\w.-]{19,}/y,
  ],
  ["gitlab-token", "GR1348941", /[\w-]{20,}/y],
  ["bitbucket-token", "ATBB ATCTT3x", /[\w=-]{32,}/y],
  ["atlassian-token", "ATATT3 ATCTT3 ATSTT3", /[\w=.-]{50,}/y],
  ["npm-token", "npm_", /[A-Za-z\d]{36,}/y],
  ["pypi-token", "pypi-", /AgE[\w-]{50,}/y],
  ["rubygems-key", "rubygems_", /[\da-f]{48}/y],
  ["crates-io-token", "cio", /[A-Za-z\d]{32}(?!\w)/y],
  ["nuget-key", "oy2", /[a-z\d]{43}(?!\w)/y],
  ["clojars-token", "CLOJARS_", /[\da-z]{60}/y],
  ["docker-token", "dckr_pat_ dckr_oat_", /[\w-]{27,}/y],
  ["jfrog-key", "AKCp", /[A-Za-z\d]{60,}/y],
  ["buildkite-token", "bkua_ bkaa_", /[\da-f]{40}/y],
  ["circleci-token", "CCIPAT_", /[A-Za-z\d]{22}_[\da-f]{40}/y],
  ["sonar-token", "squ_ sqp_ sqa_", /[\da-f]{40}/y],
  ["sentry-token", "sntrys_ sntryu_", /[\w/+=-]{40,}/y],
  ["pulumi-token", "pul-", /[\da-f]{40}/y],
  ["sourcegraph-token", "sgp_", /[A-Za-z\d_]{40,}/y],
  // Messages and mail
  ["slack-token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xoxe.xox xapp-", /[\w.-]{20,}/y],
  ["slack-webhook", "hooks.slack.com/", /((?:services|workflows|triggers)\/)[\w/+-]{20,}/y],
  ["discord-webhook", "discord.com/ discordapp.com/", /(api\/webhooks\/\d{16,20}\/)[\w-]{40,}/y],
  ["teams-webhook", "webhook.office.com/", /(webhookb2\/)[\w@/-]{40,}/y],
  ["discord-token", "M N O", /[\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}/y],
  ["telegram-token", "bot", /\d{8,10}:[\w-]{35}/y],
  ["sendgrid-key", "SG.", /[\w-]{16,32}\.[\w-]{16,64}/y],
  ["mailgun-key", "key- pubkey-", /[\da-f]{32}(?!\w)/y],
  ["brevo-key", "xkeysib- xsmtpsib-", /[\da-f]{64}-[A-Za-z\d]{16}/y],
  ["resend-key", "re_", /[A-Za-z\d]{8}_[A-Za-z\d]{24}/y],
  ["mailchimp-key", "us", /(?<=[\da-f]{32}-us)\d{1,2}(?!\w)/y, 33],
  ["twilio-key", "SK", /[\da-f]{32}(?!\w)/y],
  // Payments and shops
  ["stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_", /[A-Za-z\d]{10,}/y],
  ["stripe-webhook-secret", "whsec_", /[A-Za-z\d/+]{24,}={0,2}/y],
  ["square-token", "sq0atp- sq0csp- sq0idp-", /[\w-]{22,}/y],
  ["square-token", "EAAA", /[\w-]{60}(?![\w/+=])/y],
  ["facebook-token", "EAAC EAAM", /[A-Za-z\d]{80,}/y],
  ["braintree-token", "access_token$", /(?:production|sandbox)\$[a-z\d]{16}\$[\da-f]{32}/y],
  ["shopify-token", "shpat_ shpca_ shppa_ shpss_", /[\da-fA-F]{32}/y],
  [
    "plaid-token",
    "access-sandbox- access-development- access-production-",
    /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/y,
  ],
  ["easypost-key", "EZAK EZTK", /[A-Za-z\d]{54}/y],
  ["flutterwave-key", "FLWSECK- FLWSECK_TEST-", /[\da-zA-Z]{32}/y],
  ["shippo-token", "shippo_live_ shippo_test_", /[\da-f]{40}/y],
  ["duffel-token", "duffel_live_ duffel_test_", /[\w=-]{43}/y],
  // Clouds, hosts and databases
  ["google-api-key", "AIza", /[\w-]{35}(?![\w-])/y],
  ["google-oauth-token", "ya29.", /[\w.-]{20,}/y],
  ["google-refresh-token", "1//0", /[\w-]{28,}/y],
  ["google-oauth-secret", "GOCSPX-", /[\w-]{28}/y],
  ["firebase-key", "AAAA", /[\w-]{7}:[\w-]{100,}/y],
  ["digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", /[\da-f]{64}/y],
  ["azure-secret", "~", /(?<=[\w.~-]{3}\dQ~)[\w.~-]{31,34}(?![\w.~-])/y, 5],
  ["heroku-key", "HRKU-", /[\w-]{36,}/y],
  ["cloudflare-origin-key", "v1.0-", /[\da-f]{24}-[\da-f]{140,}/y],
  ["databricks-token", "dapi", /[\da-f]{32}(?![\da-z])(?:-\d)?/y],
  ["planetscale-token", "pscale_tkn_ pscale_pw_ pscale_oauth_", /[\w.-]{32,}/y],
  ["supabase-key", "sbp_ sb_secret_", /[\w-]{20,}/y],
  ["netlify-token", "nfp_", /[A-Za-z\d]{36,}/y],
  ["fly-token", "fm1r_ fm1a_ fm2_ fo1_", /[\w/+=-]{43,}/y],
  ["tailscale-key", "tskey-", /[a-z]{3,12}-[\w-]{10,}/y],
  ["terraform-token", "atlasv1.", /(?<=[A-Za-z\d]{14}\.atlasv1\.)[\w-]{60,}/y, 15],
  // Secrets, identity and operations
  ["vault-token", "hvs. hvb. hvr.", /[\w-]{24,}/y],
  ["doppler-token", "dp.", /(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?[A-Za-z\d]{40,}/y],
  ["1password-token", "ops_eyJ", /[\w/+=-]{80,}/y],
  ["age-key", "AGE-SECRET-KEY-1", /[\dA-Z]{58}/y],
  ["postman-key", "PMAK-", /[\da-f]{24}-[\da-f]{34}/y],
  ["new-relic-key", "NRAK- NRII- NRIQ- NRRA- NRSP-", /[\w-]{27,}/y],
  ["grafana-token", "glsa_ glc_", /[\w/+=]{32,}/y],
  ["dynatrace-token", "dt0c01. dt0s01. dt0s02. dt0s16.", /[A-Z\d]{24}\.[A-Z\d]{64}/y],
  ["launchdarkly-key", "sdk- mob- api-", /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/y],
  ["linear-key", "lin_api_ lin_oauth_", /[A-Za-z\d]{32,}/y],
  ["notion-token", "ntn_ secret_", /[A-Za-z\d]{43,}/y],
  ["airtable-token", "pat", /[A-Za-z\d]{14}\.[\da-f]{64}/y],
  ["figma-token", "figd_ figo_ figu_", /[\w-]{40,}/y],
  ["contentful-token", "CFPAT-", /[\w-]{43}/y],
  ["typeform-token", "tfp_", /[\w.=-]{40,}/y],
  ["readme-key", "rdme_", /[a-z\d]{60,}/y],
  ["prefect-key", "pnu_ pnb_", /[A-Za-z\d]{36}/y],
  ["mapbox-token", "sk.eyJ", /[\w-]{20,}\.[\w-]{20,}/y],
  // Models
  ["openai-key", "sk-proj- sk-svcacct- sk-admin- sk-None- sk-or-v1- sk-lf-", /[\w-]{20,}/y],
  ["anthropic-key", "sk-ant-", /[\w-]{20,}/y],
  ["openai-key", "sk-", /[A-Za-z\d]{32,}/y],
  ["huggingface-token", "hf_ api_org_", /[A-Za-z\d]{30,}/y],
  ["replicate-token", "r8_", /[A-Za-z\d]{37,}/y],
  ["groq-key", "gsk_", /[A-Za-z\d]{40,}/y],
  ["perplexity-key", "pplx-", /[A-Za-z\d]{40,}/y],
  ["xai-key", "xai-", /[A-Za-z\d]{60,}/y],
  ["langsmith-key", "lsv2_pt_ lsv2_sk_", /[\da-f]{32}_[\da-f]{10}/y],
  // Whoever gave it
  ["password-hash", "$2", /[abxy]?\$\d\d\$[./A-Za-z\d]{53}/y],
  ["password-hash", "$argon2", /[a-z]{1,2}\$[\w$=,+/-]{40,}/y],
  ["password-hash", "$1$ $5$ $6$ $y$ $7$", /[\w./$=]{28,}/y],
  // Where a run of such characters begins, or after an escape: a run is read once.
  [
    "jwt",
    "eyJ",
    /(?:(?<![\w-]eyJ)|(?<=(?:\\(?:[a-z]|u[\dA-Fa-f]{4})|%[\dA-Fa-f]{2})eyJ))[\w-]{8,}\.(?:eyJ[\w-]{8,}(?:\.[\w-]*)?|[\w-]*\.[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})/y,
  ],
  // In SQL, and in the URLs of Oracle.
  ["password", "PASSWORD Password password", /(\s{1,8}')[^'\r\n]{1,256}(?=')/y],
  [
    "password",
    "IDENTIFIED identified",
    /(\s(?:BY|by)\s(?:(?:PASSWORD|password)\s)?')[^'\r\n]{1,256}(?=')/y,
  ],
  ["password", "jdbc:oracle:", /((?:thin|oci8?):[^\s/@:"']{1,128}\/)[^\s"'<>@]{1,256}(?=@)/y],
  ["private-key", "LS0tLS1CRUdJTiB", /(?:QUkl|SU0Eg|FQyBQ|PUEVO|FTkNSW)[\w/+=]{20,}/y],
  [
    "credentials",
    "Bearer bearer BEARER Basic basic BASIC",
    /((?:\s|%20|\+){1,8})(?!Auth)(?=[\w.~/+-]{0,64}(?:\d|=)|[\w.~/+-][\w.~/+-]{0,64}[A-Z])[\w.~+/-]{8,}(?:=|%3[Dd]){0,2}/y,
  ],
];

/** Where and what: `start` may lie after the beginning, where that is kept, or before it. */
export interface FoundToken {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

interface Beginning {
  readonly kind: string;
  readonly text: string;
  readonly rest: RegExp;
  readonly before: number;
}

/** The beginnings by their first character. */
const byFirst = /* @__PURE__ */ once(() =>
  Map.groupBy(
    tokenKinds().flatMap(([kind, texts, rest, before = 0]): Beginning[] =>
      texts.split(" ").map((text) => ({ kind, text, rest, before })),
    ),
    ({ text }) => text.charCodeAt(0),
  ),
);

const NONE: readonly Beginning[] = [];

/**
 * The beginnings by their first two characters: for most words, there is none. Each pair is filled in
 * when it first comes, as all of them would take 1.4 ms of each cold start.
 */
const byPair: (readonly Beginning[] | undefined)[] = /* @__PURE__ */ Array(128 * 128).fill(
  undefined,
);

/** After a beginning of a single character, any may follow. */
function beginningsBy(first: number, second: number): readonly Beginning[] {
  const possible = byFirst()
    .get(first)
    ?.filter(({ text }) => text.length === 1 || text.charCodeAt(1) === second);
  return possible?.length ? possible : NONE;
}

/** The token that begins at a place, where a word does. */
export function tokenAt(text: string, at: number): FoundToken | undefined {
  const first = text.charCodeAt(at);
  const second = text.charCodeAt(at + 1);
  if (!(first < 128 && second < 128)) return undefined;
  const pair = (first << 7) | second;
  const possible = (byPair[pair] ??= beginningsBy(first, second));
  if (possible === NONE) return undefined;
  for (const { kind, text: beginning, rest, before } of possible) {
    if (!text.startsWith(beginning, at)) continue;
    rest.lastIndex = at + beginning.length;
    const match = rest.exec(text);
    if (match === null) continue;
    const kept = match[1] === undefined ? 0 : beginning.length + match[1].length;
    return { start: at - before + kept, end: rest.lastIndex, kind };
  }
  return undefined;
}

/**
 * An AWS secret key has no mark but its length, 40 characters of base64: what is as mixed as random
 * ones are is taken for one, paths and names in mixed case are not.
 */
export function isAwsSecretKey(run: string): boolean {
  let changes = 0;
  let digits = 0;
  let slashes = 0;
  let previous = "";
  for (const character of run) {
    const kind = kindOf(character);
    if (kind !== previous) changes++;
    if (kind === "digit") digits++;
    if (character === "/") slashes++;
    previous = kind;
  }
  return changes >= 15 && digits >= 2 && slashes <= 3 && /[a-z]/.test(run) && /[A-Z]/.test(run);
}

function kindOf(character: string): string {
  if (character >= "0" && character <= "9") return "digit";
  if (character >= "a" && character <= "z") return "lower";
  return character >= "A" && character <= "Z" ? "upper" : "mark";
}
