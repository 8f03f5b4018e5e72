/** Serves the function on this machine: `npm start`. */
import { serveHttp } from "@middy-hardening/testing";
import { handler } from "./handler.ts";

const { url } = await serveHttp(handler, { port: Number(process.env.PORT ?? 3000) });
const json = "-H 'content-type: application/json'";
console.log(`The notes listen on ${url} (Ctrl-C ends it). Try:

a note (201):
  curl -i ${json} -d '{"title":"Milk","text":"two"}' ${url}/notes

one that is too deep, refused before it is parsed (400):
  curl -i ${json} -d '[[[[[[]]]]]]' ${url}/notes
`);
