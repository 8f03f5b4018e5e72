/**
 * Response headers that tell which software answers, to be removed from every response: the list
 * of the OWASP Secure Headers Project. Where it names several headers of one product, the whole
 * family goes.
 *
 * @module
 * @see https://owasp.org/www-project-secure-headers/ ("Prevent information disclosure via HTTP headers")
 */
const FINGERPRINT = new RegExp(
  // Families: all names that begin so.
  "^(x-((atmosphere|b3|datadog|envoy|kong|kubernetes|litespeed|nextjs|powered|varnish)-|" +
    "((aspnet|aspnetmvc|cocoon|joomla|owa|php|umbraco|woodpecker)-version|" +
    "(cf-powered|content-encoded|generated|redirect|server-powered|turbo-charged)-by|" +
    "backside-transport|beserver|calculatedbetarget|cms|diaginfo|dtagentid|dthealthcheck|" +
    "dtinjectedservlet|feserver|framework|generator|gitlab-meta|jitsi-release|mod-pagespeed|" +
    "old-content-length|oneagent-js-injection|page-speed|ruxit-js-agent|sourcefiles|sourcemap|" +
    "tyk-trace-id)$)|" +
    "(\\$wsep|host-header|k-proxy-request|liferay-portal|oraclecommercecloud-version|pega-host|" +
    "powered-by|product|server|sourcemap|teamcity-node-id)$)",
);

/** Whether a header, its name in lower case, tells which software answers. */
export const isFingerprint = (name: string): boolean => FINGERPRINT.test(name);
