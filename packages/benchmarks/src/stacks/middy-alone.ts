/** The same under Middy, without a middleware. */
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { placeUnchecked } from "./order.ts";

export const handler = middy<APIGatewayProxyEventV2>().handler(placeUnchecked);
