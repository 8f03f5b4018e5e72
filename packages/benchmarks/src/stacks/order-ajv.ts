/** The order as AJV compiles it. A bundle has the code that AJV generates in the place of this module. */
import { transpileSchema } from "@middy/validator/transpile";
import { AJV_OPTIONS, eventJsonSchema } from "./order-json-schema.ts";

export const validateEvent = transpileSchema(eventJsonSchema, { ...AJV_OPTIONS });
