/**
 * The classes of the Open Cybersecurity Schema Framework 1.6 that the lines are of, written from their
 * pages ("API Activity [6003]", "Application Error [6008]", "Authentication [3002]", "Detection
 * Finding [2004]", and those of their objects): what is required, which numbers an attribute may have,
 * and no attribute that the schema does not have.
 */
import * as z from "zod";

const text = z.string().min(1);
const timestamp = z.int().min(1_000_000_000_000);
const oneOf = (...numbers: number[]) => z.literal(numbers);

/** The schema's constraint `at_least_one`. */
const atLeastOne = (...names: string[]) =>
  [
    (value: object) => names.some((name) => (value as Record<string, unknown>)[name] !== undefined),
    `at least one of ${names.join(", ")}`,
  ] as const;

const user = z
  .strictObject({ uid: text.optional(), name: text.optional(), type_id: z.int().optional() })
  .refine(...atLeastOne("uid", "name", "account"));
const service = z
  .strictObject({ name: text.optional(), uid: text.optional(), version: text.optional() })
  .refine(...atLeastOne("name", "uid"));
const actor = z
  .strictObject({ user: user.optional(), app_name: text.optional(), app_uid: text.optional() })
  .refine(...atLeastOne("process", "user", "session", "app_name", "app_uid"));
const api = z.strictObject({
  operation: text,
  service: service.optional(),
  request: z.strictObject({ uid: text }).optional(),
  version: text.optional(),
});
const networkEndpoint = z
  .strictObject({
    ip: z.union([z.ipv4(), z.ipv6()]).optional(),
    uid: text.optional(),
    svc_name: text.optional(),
    port: z.int().optional(),
  })
  .refine(...atLeastOne("ip", "uid", "name", "hostname", "svc_name"));
const httpRequest = z.strictObject({
  http_method: z
    .enum(["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"])
    .optional(),
  url: z
    .strictObject({ path: text.optional(), url_string: text.optional() })
    .refine(...atLeastOne("path", "url_string"))
    .optional(),
  user_agent: text.optional(),
});
const httpResponse = z.strictObject({ code: z.int(), length: z.int().optional() });
const account = z
  .strictObject({
    uid: text.optional(),
    name: text.optional(),
    type_id: oneOf(0, 10, 99).optional(),
  })
  .refine(...atLeastOne("uid", "name"));
const cloud = z.strictObject({
  provider: text,
  region: text.optional(),
  account: account.optional(),
});
const product = z
  .strictObject({ name: text.optional(), vendor_name: text.optional(), version: text.optional() })
  .refine(...atLeastOne("name", "uid"));
const metadata = z.strictObject({
  version: z.literal("1.6.0"),
  product,
  profiles: z.array(z.enum(["cloud", "security_control"])),
  event_code: text.optional(),
  correlation_uid: text.optional(),
});

/** The base event, with the profiles `cloud` and `security_control`. */
const base = {
  time: timestamp,
  metadata,
  severity_id: oneOf(0, 1, 2, 3, 4, 5, 6, 99),
  activity_name: text.optional(),
  message: text.optional(),
  status: text.optional(),
  status_code: text.optional(),
  status_detail: text.optional(),
  count: z.int().min(1).optional(),
  start_time: timestamp.optional(),
  end_time: timestamp.optional(),
  duration: z.int().optional(),
  unmapped: z.record(z.string(), z.unknown()).optional(),
  cloud,
  action_id: oneOf(0, 1, 2),
  disposition_id: oneOf(0, 1, 2, 15, 17, 19, 20, 27, 99),
  is_alert: z.boolean().optional(),
};

const activityStatus = oneOf(0, 1, 2, 99);

/** What tells a class and an activity, of which `type_uid` is made. */
const classified = (classUid: number, categoryUid: number, ...activities: number[]) => ({
  class_uid: z.literal(classUid),
  category_uid: z.literal(categoryUid),
  activity_id: oneOf(0, ...activities, 99),
  type_uid: oneOf(...[0, ...activities, 99].map((activity) => classUid * 100 + activity)),
});

const apiActivity = z.strictObject({
  ...classified(6003, 6, 1, 2, 3, 4),
  ...base,
  status_id: activityStatus.optional(),
  actor,
  api,
  src_endpoint: networkEndpoint,
  http_request: httpRequest.optional(),
  http_response: httpResponse.optional(),
});

const applicationError = z.strictObject({
  ...classified(6008, 6, 1, 2),
  ...base,
  status_id: activityStatus.optional(),
});

const authentication = z
  .strictObject({
    ...classified(3002, 3, 1, 2, 3, 4, 5, 6, 7),
    ...base,
    status_id: activityStatus.optional(),
    user,
    service: service.optional(),
    src_endpoint: networkEndpoint.optional(),
    http_request: httpRequest.optional(),
    http_response: httpResponse.optional(),
  })
  .refine(...atLeastOne("service", "dst_endpoint"));

const detectionFinding = z.strictObject({
  ...classified(2004, 2, 1, 2, 3),
  ...base,
  status_id: oneOf(0, 1, 2, 3, 4, 5, 6, 99).optional(),
  finding_info: z.strictObject({
    uid: text,
    title: text.optional(),
    types: z.array(text).optional(),
    created_time: timestamp.optional(),
  }),
  evidences: z
    .array(
      z
        .strictObject({
          api: api.optional(),
          src_endpoint: networkEndpoint.optional(),
          http_request: httpRequest.optional(),
        })
        .refine(...atLeastOne("actor", "api", "src_endpoint")),
    )
    .optional(),
});

/** Any line that the format `ocsf` may print. */
export const ocsfEvent = z
  .union([apiActivity, applicationError, authentication, detectionFinding])
  .refine(
    ({ class_uid, activity_id, type_uid }) => type_uid === class_uid * 100 + activity_id,
    "type_uid is class_uid * 100 + activity_id",
  )
  .refine(
    ({ activity_id, activity_name }) => activity_id !== 99 || activity_name !== undefined,
    "another activity (99) has a name of its own",
  );
