/**
 * The titles of HTTP statuses: those of the IANA registry that an API answers an error with.
 * A table of our own, since loading `node:http` for its table costs a cold start milliseconds.
 *
 * @module
 * @see https://www.iana.org/assignments/http-status-codes
 */
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  423: "Locked",
  424: "Failed Dependency",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  451: "Unavailable For Legal Reasons",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** The standard title of an error status; for one not in the registry, that of its class (RFC 9110, section 15). */
export function statusTitle(statusCode: number): string {
  return TITLES[statusCode] ?? (TITLES[statusCode < 500 ? 400 : 500] as string);
}
