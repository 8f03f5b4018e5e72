/**
 * The types that a handler gets after validation, derived from the options.
 *
 * @module
 */
import type { HttpEventSource } from "@middy-hardening/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  Context,
  LambdaFunctionURLEvent,
} from "aws-lambda";

/** The event type of each HTTP source. */
interface SourceEvents {
  "api-gateway-rest": APIGatewayProxyEvent;
  "api-gateway-http": APIGatewayProxyEventV2;
  "function-url": LambdaFunctionURLEvent;
  alb: ALBEvent;
}

/** What an option holds: `undefined` when its key is absent, among others when it may be undefined. */
type OptionOf<Options, Name extends string> = Name extends keyof Options
  ? Options[Name]
  : undefined;

/** What a schema returns, or `Otherwise` where there is none. Distributes over `Schema | undefined`. */
type OutputOf<Schema, Otherwise> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : Otherwise;

type SourceOf<Source> = Source extends HttpEventSource ? Source : "api-gateway-http";

type BaseEvent<Options> = OutputOf<
  OptionOf<Options, "event">,
  SourceEvents[SourceOf<OptionOf<Options, "eventSource">>]
>;

/** The property of an event that the output of an option replaces. */
interface PartProperties {
  body: "body";
  query: "queryStringParameters";
  path: "pathParameters";
  headers: "headers";
}

/** Those of the named options that are given. */
type Given<Options, Names extends string> = {
  [Name in Names]: [OptionOf<Options, Name>] extends [undefined] ? never : Name;
}[Names];

type GivenPart<Options> = Given<Options, keyof PartProperties>;

type PropertyOf<Event, Name> = Name extends keyof Event ? Event[Name] : unknown;

/** Distributes over a union of events, which `Omit` alone would merge. */
type WithParts<Event, Options, Part extends keyof PartProperties> = Event extends unknown
  ? Omit<Event, PartProperties[Part]> & {
      [Name in Part as PartProperties[Name]]: OutputOf<
        OptionOf<Options, Name>,
        PropertyOf<Event, PartProperties[Name]>
      >;
    }
  : never;

/**
 * The event that the handler gets: the type of `eventSource` (an HTTP API's event without one),
 * or what the `event` schema returns, with the output of each given part in its place. When none
 * of these is given the event stays as its author typed it.
 */
export type ValidatedEvent<Options> = [GivenPart<Options>] extends [never]
  ? [Given<Options, "event" | "eventSource">] extends [never]
    ? unknown
    : BaseEvent<Options>
  : WithParts<BaseEvent<Options>, Options, GivenPart<Options>>;

/** The context that the handler gets: Lambda's, with the fields that the `context` schema returns. */
export type ValidatedContext<Options> = Context & OutputOf<OptionOf<Options, "context">, unknown>;
