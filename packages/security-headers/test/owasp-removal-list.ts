/**
 * The removal list of the OWASP Secure Headers Project as its page has it, and the one name whose
 * spelling there differs from what the software sends (`X-Kubernetes-PF-FlowSchema-UID`).
 */
export const owaspRemovalList: readonly string[] =
  `Server Liferay-Portal X-Turbo-Charged-By X-Powered-By X-Server-Powered-By X-Powered-CMS SourceMap
X-SourceMap X-AspNetMvc-Version X-AspNet-Version X-SourceFiles X-Redirect-By X-Generator
X-Generated-By X-CMS X-Powered-By-Plesk X-Php-Version Powered-By X-Content-Encoded-By Product
X-CF-Powered-By X-Framework Host-Header Pega-Host X-Atmosphere-first-request
X-Atmosphere-tracking-id X-Atmosphere-error X-Mod-Pagespeed X-Page-Speed X-Varnish-Backend
X-Varnish-Server X-Envoy-Upstream-Service-Time X-Envoy-Attempt-Count X-Envoy-External-Address
X-Envoy-Internal X-Envoy-Original-Dst-Host X-B3-ParentSpanId X-B3-Sampled X-B3-SpanId X-B3-TraceId
K-Proxy-Request X-Old-Content-Length $wsep X-Nextjs-Matched-Path X-Nextjs-Page X-Nextjs-Cache
X-Nextjs-Redirect X-OneAgent-JS-Injection X-ruxit-JS-Agent X-dtHealthCheck X-dtAgentId
X-dtInjectedServlet X-Litespeed-Cache-Control X-LiteSpeed-Purge X-LiteSpeed-Tag X-LiteSpeed-Vary
X-LiteSpeed-Cache X-Umbraco-Version OracleCommerceCloud-Version X-BEServer X-DiagInfo X-FEServer
X-CalculatedBETarget X-OWA-Version X-Cocoon-Version X-Kubernetes-PF-FlowSchema-UI
X-Kubernetes-PF-FlowSchema-UID X-Kubernetes-PF-PriorityLevel-UID X-Jitsi-Release X-Joomla-Version
X-Backside-Transport X-Woodpecker-Version X-Gitlab-Meta X-Kong-Proxy-Latency
X-Kong-Upstream-Latency X-Kong-Response-Latency X-Kong-Admin-Latency X-Kong-Upstream-Status
X-Kong-Request-Id X-Kong-Total-Latency X-Kong-Third-Party-Latency X-Kong-Client-Latency
X-Tyk-Trace-Id X-Datadog-Origin X-Datadog-Parent-Id X-Datadog-Trace-Id X-Datadog-Sampling-Priority
X-Datadog-Tags TeamCity-Node-Id`.split(/\s+/);
