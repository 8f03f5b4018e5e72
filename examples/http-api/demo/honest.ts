/** Requests of honest clients, in all the forms in which they arrive. */
import type { DemoRequest } from "./observe.ts";

const items = [{ sku: "TEA-001", quantity: 2 }];

export const honest: readonly DemoRequest[] = [
  { name: "place an order (HTTP API)", body: { customer: "Ada Lovelace", items } },
  {
    name: "place an order (REST API)",
    kind: "api-gateway-rest",
    body: { customer: "Grace Hopper", items },
  },
  {
    name: "place an order (function URL)",
    kind: "function-url",
    body: { customer: "Mary Jackson", items },
  },
  { name: "place an order (ALB)", kind: "alb", body: { customer: "Radia Perlman", items } },
  {
    name: "place an order (ALB, multi-value headers)",
    kind: "alb-multi-value",
    body: { customer: "Barbara Liskov", items },
  },
  { name: "a Unicode name", body: { customer: "Zoë Ångström-山田 🍵", items } },
  {
    name: "every conditional field",
    body: {
      customer: "Ada",
      items,
      express: true,
      note: "Ring twice.",
      preferences: { language: "de", giftWrap: true },
    },
  },
  {
    name: "some conditional fields",
    body: { customer: "Ada", items, express: false, preferences: { giftWrap: true } },
  },
  {
    name: "a big but allowed body (500 items)",
    body: {
      customer: "The Tea House",
      items: Array.from({ length: 500 }, (_, index) => ({
        sku: "MUG-002",
        quantity: 1 + (index % 9),
      })),
    },
  },
  {
    name: "a media type with +json, and a charset",
    headers: { "content-type": "application/vnd.shop.order+json; charset=utf-8" },
    body: { customer: "Ada", items },
  },
  {
    name: "line breaks and spaces in the JSON",
    body: JSON.stringify({ customer: "Ada", items }, null, 2),
  },
  { name: "fetch an order", path: "/orders/ORD-000001" },
  {
    name: "fetch an order with a Unicode note (REST API)",
    kind: "api-gateway-rest",
    path: "/orders/ORD-000003",
  },
  { name: "an order that is not there", path: "/orders/ORD-999999" },
  { name: "list orders", path: "/orders" },
  { name: "list orders by status (ALB)", kind: "alb", path: "/orders?status=received&limit=2" },
  {
    name: "list orders, percent-encoded (REST API)",
    kind: "api-gateway-rest",
    path: "/orders?status=%72eceived",
  },
  {
    name: "the shop's own browser front end",
    path: "/orders/ORD-000002",
    headers: { origin: "https://shop.example.com" },
  },
  {
    name: "its CORS preflight",
    method: "OPTIONS",
    headers: {
      origin: "https://shop.example.com",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  },
];
