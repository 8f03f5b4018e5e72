import assert from "node:assert/strict";
import { eventSourceOf, PublicError, Secret } from "@middy-hardening/core";

using secret = new Secret("database", "correct horse battery staple");
assert.equal(`${secret}`, "[secret database]");
assert.equal(secret.reveal(), "correct horse battery staple");
assert.equal(new PublicError(404).code, "not_found");
assert.equal(eventSourceOf({}), "direct");
