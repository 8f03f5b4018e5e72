/** Events of the triggers beside HTTP, as AWS sends them. */
export const sqsEvent = {
  Records: [
    {
      messageId: "059f36b4-87a3-44ab-83d2-661975830a7d",
      receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
      body: '{"sku":"A-1"}',
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: {},
      md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders",
      awsRegion: "eu-west-1",
    },
  ],
};

export const authorizerEvent = {
  type: "TOKEN",
  authorizationToken: "Bearer abc",
  methodArn: "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/orders",
};

export const webSocketEvent = {
  requestContext: {
    routeKey: "$connect",
    eventType: "CONNECT",
    connectionId: "L0SM9cOFvHcCIhw=",
    stage: "prod",
  },
  isBase64Encoded: false,
};

export const httpAuthorizerEvent = {
  version: "2.0",
  type: "REQUEST",
  routeArn: "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/$default/GET/orders",
  identitySource: ["Bearer abc"],
  requestContext: { http: { method: "GET" }, stage: "$default" },
};

export const appSyncAuthorizerEvent = {
  authorizationToken: "abc",
  requestContext: { apiId: "a1b2c3d4e5", accountId: "123456789012" },
  requestHeaders: { host: "a1b2c3d4e5.appsync-api.eu-west-1.amazonaws.com" },
};

export const resolverEvent = {
  arguments: { id: "1" },
  source: null,
  info: { fieldName: "order", parentTypeName: "Query", variables: {} },
};

export const channelEvent = {
  info: { channel: { path: "/orders/1" }, operation: "PUBLISH" },
  events: [{ id: "1", payload: {} }],
};

export const cognitoEvent = {
  version: "1",
  triggerSource: "PreSignUp_SignUp",
  userPoolId: "eu-west-1_abc",
  userName: "alice",
  request: { userAttributes: {} },
  response: {},
};

export const latticeEvent = {
  version: "2.0",
  path: "/orders",
  method: "GET",
  headers: { host: ["orders.example"] },
  requestContext: {
    serviceNetworkArn: "arn:aws:vpc-lattice:eu-west-1:123456789012:servicenetwork/sn-1",
  },
};

/** An intent of the Alexa Skills Kit. */
export const alexaEvent = {
  version: "1.0",
  session: { new: true, sessionId: "s", application: { applicationId: "amzn1.ask.skill.1" } },
  context: { System: { application: { applicationId: "amzn1.ask.skill.1" } } },
  request: { type: "IntentRequest", requestId: "r", intent: { name: "Order" } },
};

/** A code hook of Lex V2. */
export const lexEvent = {
  messageVersion: "1.0",
  invocationSource: "FulfillmentCodeHook",
  inputMode: "Text",
  sessionId: "s",
  bot: { id: "b", name: "orders", aliasId: "a", localeId: "en_US", version: "1" },
  sessionState: { intent: { name: "Order", slots: {}, state: "ReadyForFulfillment" } },
};
