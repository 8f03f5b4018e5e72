import { startLocalAws } from "@middy-hardening/testing";
import { type ContractFeature, describeAwsContract } from "./contract.ts";

describeAwsContract("the embedded endpoint", async () => {
  const { clientConfig, close, putConfiguration } = await startLocalAws();
  return {
    clientConfig,
    close,
    deploy: (application, environment, profile, content) =>
      putConfiguration(`${application}/${environment}/${profile}`, content),
  };
});

const endpoint = process.env["ENDPOINT_URL"];
if (endpoint !== undefined) {
  describeAwsContract(endpoint, async () => ({
    clientConfig: {
      endpoint,
      region: process.env["AWS_REGION"] ?? "eu-west-1",
      ...(process.env["AWS_ACCESS_KEY_ID"] === undefined
        ? { credentials: { accessKeyId: "contract", secretAccessKey: "contract" } }
        : {}),
    },
    // Such as `AppConfig Data,disabled keys,parameter limits` for moto's server.
    lacks: (process.env["ENDPOINT_LACKS"] ?? "").split(",") as ContractFeature[],
    close: async () => {},
  }));
}
