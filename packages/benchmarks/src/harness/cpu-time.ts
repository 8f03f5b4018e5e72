/**
 * The time that is measured.
 *
 * @module
 */

/**
 * Milliseconds of CPU time that this process has taken, with its threads that compile and collect
 * garbage: what a Lambda function pays for, and the same however busy the machine is with others.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
