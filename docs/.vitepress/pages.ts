/** The pages of the site, in the order of the sidebar. */

export interface PageGroup {
  readonly text: string;
  /** Folder of the pages, in docs/. */
  readonly folder: string;
  /** The pages by their names, without `.md`; `README` is the home page. */
  readonly pages: Readonly<Record<string, string>>;
}

export const groups: readonly PageGroup[] = [
  {
    text: "Start",
    folder: "",
    pages: {
      README: "Where to begin",
      "getting-started": "Getting started",
      migrating: "Migrating",
      testing: "Testing your functions",
      faq: "Questions",
      comparison: "Comparison",
    },
  },
  {
    text: "Middlewares",
    folder: "middlewares",
    pages: {
      preset: "preset: harden()",
      "error-sanitizer": "error-sanitizer",
      "security-logger": "security-logger",
      "security-headers": "security-headers",
      "timeout-guard": "timeout-guard",
      "payload-guard": "payload-guard",
      "secrets-loader": "secrets-loader",
      "input-validator": "input-validator",
      "kms-decryptor": "kms-decryptor",
      core: "core",
      testing: "testing",
    },
  },
  {
    text: "Concepts",
    folder: "concepts",
    pages: {
      order: "Order",
      "security-events": "Security events",
      "public-errors": "Public errors",
      secrets: "Secrets",
      deadlines: "Deadlines",
      batches: "Batches",
    },
  },
  {
    text: "Recipes",
    folder: "recipes",
    pages: {
      "multi-tenant-encryption-context": "Encryption context of a tenant",
      webhook: "Webhook",
      "sqs-fifo": "SQS FIFO queue",
      streaming: "Streamed response",
      appsync: "AppSync",
      authorizer: "Authorizer",
      "step-functions": "Step Functions",
    },
  },
  {
    text: "In production",
    folder: "",
    pages: { monitoring: "Monitoring", performance: "Performance" },
  },
  {
    text: "Security",
    folder: "",
    pages: {
      "twelve-controls": "The twelve controls",
      "threat-model": "Threat model",
      "security-of-the-suite": "Security of the suite",
    },
  },
];

/** Entry points of packages in the API reference, which TypeDoc writes to docs/api. */
export const apiPages: readonly string[] = [
  ...Object.keys(groups.find(({ folder }) => folder === "middlewares")?.pages ?? {}),
  "security-logger/secure-logger",
];
