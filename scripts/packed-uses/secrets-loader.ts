import assert from "node:assert/strict";
import { BaseProvider } from "@aws-lambda-powertools/parameters/base";
import middy from "@middy/core";
import { fromProvider, secretsLoader } from "@middy-hardening/secrets-loader";

class Vault extends BaseProvider {
  constructor() {
    super({});
  }

  protected async _get(name: string): Promise<string> {
    return `the secret called ${name}`;
  }

  protected async _getMultiple(): Promise<Record<string, unknown>> {
    return {};
  }
}

const handler = middy()
  .use(secretsLoader({ secrets: { apiKey: { from: fromProvider(new Vault(), "api-key") } } }))
  .handler((_event, { secrets }) => secrets.apiKey.reveal());

assert.equal(await handler({}, {} as never), "the secret called api-key");
