/**
 * A middleware that lets nothing through but what the provider signed, a short time ago. It comes
 * before anything parses the body.
 */
import type { MiddlewareObj, Request } from "@middy/core";
import { bodyText, refuse, type Secret } from "@middy-hardening/core";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { type Delivery, isSignedWith } from "./signature.ts";

export interface VerifiedContext extends Context {
  readonly secrets: { readonly webhookKey: Secret<string> };
  /** The id of the delivery, which the signature vouches for. */
  deliveryId: string;
}

type WebhookRequest = Request<APIGatewayProxyEventV2, unknown, Error, VerifiedContext>;

/** @param toleranceMs how far the provider's clock and ours may be apart, delivery included. */
export function verifiedDelivery({
  toleranceMs,
}: {
  readonly toleranceMs: number;
}): MiddlewareObj<APIGatewayProxyEventV2, unknown, Error, VerifiedContext> {
  return {
    before: function verifiedDeliveryBefore(request: WebhookRequest): void {
      const { event, context } = request;
      const {
        "webhook-id": id = "",
        "webhook-timestamp": timestamp = "",
        "webhook-signature": signatures = "",
      } = event.headers;
      const delivery: Delivery = { id, timestamp, body: Buffer.from(bodyText(event) ?? "") };
      if (id === "" || !isSignedWith(context.secrets.webhookKey.reveal(), delivery, signatures)) {
        reject(request, "invalid_signature", "The signature does not match the delivery.");
      }
      // After the signature: before it, the timestamp is anybody's.
      const ageMs = Date.now() - Number(timestamp) * 1000;
      if (!(Math.abs(ageMs) <= toleranceMs)) {
        reject(request, "stale_delivery", "The delivery was signed too long ago, or too early.");
      }
      context.deliveryId = id;
    },
  };
}

function reject(request: WebhookRequest, code: string, detail: string): never {
  return refuse(request, {
    statusCode: 401,
    code,
    detail,
    event: "authn_login_fail",
    params: ["payment-provider", code],
    source: "webhook",
  });
}
