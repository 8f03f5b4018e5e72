/** It has no types of its own. */
declare module "fast-redact" {
  export default function fastRedact(options: {
    readonly paths: readonly string[];
  }): (record: object) => string;
}
