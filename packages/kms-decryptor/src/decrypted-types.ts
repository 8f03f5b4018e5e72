/**
 * The types that a handler gets after decryption, derived from the options.
 *
 * @module
 */
import type { Request } from "@middy/core";
import type { Secret } from "@middy-hardening/core";

type Context = Request["context"];

/** What an option holds: `unknown` when its key is absent. */
type OptionOf<Options, Name extends string> = Name extends keyof Options ? Options[Name] : unknown;

/** The secret that a variable or field becomes. */
type SecretOf<Value> = Secret<Value extends { readonly as: "bytes" } ? Uint8Array : string>;

/** The context that the handler gets: Lambda's, with a secret for each environment variable. */
export type DecryptedContext<Options> =
  OptionOf<Options, "environment"> extends infer Variables
    ? unknown extends Variables
      ? Context
      : Context & {
          readonly secrets: { readonly [Name in keyof Variables]: SecretOf<Variables[Name]> };
        }
    : never;

/** RFC 6901, section 4: `~1` is a slash, `~0` a tilde. */
type Unescaped<Segment extends string> = Replaced<Replaced<Segment, "~1", "/">, "~0", "~">;

type Replaced<
  Text extends string,
  From extends string,
  To extends string,
> = Text extends `${infer Start}${From}${infer End}`
  ? `${Start}${To}${Replaced<End, From, To>}`
  : Text;

/** Something with a value at a pointer; a segment's member may be absent. */
type WithValueAt<Pointer extends string, Value> = Pointer extends `/${infer Segment}/${infer Rest}`
  ? WithMember<Segment, WithValueAt<`/${Rest}`, Value>>
  : Pointer extends `/${infer Segment}`
    ? WithMember<Segment, Value>
    : unknown;

type WithMember<Segment extends string, Value> = Segment extends "*"
  ? readonly Value[]
  : { readonly [Name in Unescaped<Segment>]?: Value };

type IntersectionOf<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  member: infer Intersection,
) => void
  ? Intersection
  : never;

/**
 * What the event has where fields were decrypted. It is added to the event's other types: a field
 * that a schema says is a string is `string & Secret<string>` then, of which `reveal()` is what counts.
 */
export type DecryptedEvent<Options> =
  OptionOf<Options, "fields"> extends infer Fields
    ? unknown extends Fields
      ? unknown
      : IntersectionOf<
          {
            [Pointer in keyof Fields & string]: WithValueAt<Pointer, SecretOf<Fields[Pointer]>>;
          }[keyof Fields & string]
        >
    : never;
