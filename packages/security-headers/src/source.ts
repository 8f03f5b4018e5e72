/** The name under which this package publishes security events and reports wrong options. */
export const source = "@middy-hardening/security-headers";
