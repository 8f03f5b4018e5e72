/**
 * Which class of the Open Cybersecurity Schema Framework an event of the vocabulary belongs to.
 *
 * @module
 * @see https://schema.ocsf.io/1.6.0
 */

/** The version of the schema that the lines are written by. */
export const VERSION = "1.6.0";

/** A class and its category. */
export interface EventClass {
  readonly class_uid: number;
  readonly category_uid: number;
}

export const DETECTION_FINDING: EventClass = { class_uid: 2004, category_uid: 2 };
export const AUTHENTICATION: EventClass = { class_uid: 3002, category_uid: 3 };
export const API_ACTIVITY: EventClass = { class_uid: 6003, category_uid: 6 };
const APPLICATION_ERROR: EventClass = { class_uid: 6008, category_uid: 6 };

/** What is done, in the numbers of each class; 99 where it has none, and the name then says it. */
export const OTHER = 99;

/** Of API Activity. */
const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;

/** Of Authentication. */
const LOGON = 1;
const LOGOFF = 2;

/** Of the first pattern that a name matches; all others, and what is not of the vocabulary, are findings. */
const CLASSES: readonly (readonly [RegExp, EventClass, activityId: number])[] = [
  [/^(?:authn_login_|session_created$)/, AUTHENTICATION, LOGON],
  [/^session_expired$/, AUTHENTICATION, LOGOFF],
  [/^(?:authn|session)_/, AUTHENTICATION, OTHER],
  [/^(?:sensitive_create|user_created|upload_(?:complete|stored))$/, API_ACTIVITY, CREATE],
  [/^sensitive_read$/, API_ACTIVITY, READ],
  [
    /^(?:authz_change|privilege_permissions_changed|sensitive_update|user_(?:archived|updated))$/,
    API_ACTIVITY,
    UPDATE,
  ],
  [/^(?:sensitive|user|upload)_deleted?$/, API_ACTIVITY, DELETE],
  [/^(?:authz_admin|upload_validation)$/, API_ACTIVITY, OTHER],
  [
    /^(?:crypt_|deadline_exceeded$|response_(?:too_large|validation_fail)$|secret_load_fail$|sys_crash$|work_outlived_)/,
    APPLICATION_ERROR,
    1,
  ],
  [/^sys_/, APPLICATION_ERROR, OTHER],
];

/** The class of an event and its activity. */
export function classOf(name: string): readonly [EventClass, activityId: number] {
  const [, eventClass = DETECTION_FINDING, activityId = 1] =
    CLASSES.find(([pattern]) => pattern.test(name)) ?? [];
  return [eventClass, activityId];
}

const METHODS: Readonly<Record<string, number>> = {
  POST: CREATE,
  GET: READ,
  HEAD: READ,
  OPTIONS: READ,
  PUT: UPDATE,
  PATCH: UPDATE,
  DELETE,
};

/** What a method does to a resource; without HTTP, an invocation is of no kind of its own. */
export const activityOfMethod = (method = ""): number =>
  Object.hasOwn(METHODS, method) ? (METHODS[method] as number) : OTHER;

/** Events that report a failure, of those that have a status. */
const FAILURE =
  /fail|lock|impossible_travel|reuse|use_after_expire|crash|exceeded|outlived|too_large/;

/** `status_id`: 1 for success, 2 for failure. */
export const statusOf = (name: string): 1 | 2 =>
  FAILURE.test(name) && !name.endsWith("successafterfail") ? 2 : 1;
