/** The name of this package, as messages and security events give it. */
export const SOURCE = "@middy-hardening/input-validator";
