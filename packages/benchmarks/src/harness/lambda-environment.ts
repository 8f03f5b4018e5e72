/**
 * What Lambda sets in the environment of a function: to read it is a part of the work.
 *
 * @module
 */
export const LAMBDA_ENVIRONMENT: Readonly<Record<string, string>> = {
  _HANDLER: "index.handler",
  _X_AMZN_TRACE_ID:
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0",
  AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
  AWS_LAMBDA_FUNCTION_NAME: "orders",
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
  AWS_LAMBDA_LOG_FORMAT: "JSON",
  AWS_LAMBDA_LOG_LEVEL: "INFO",
  AWS_REGION: "eu-west-1",
  POWERTOOLS_METRICS_NAMESPACE: "orders",
  POWERTOOLS_SERVICE_NAME: "orders",
  TZ: ":UTC",
};
