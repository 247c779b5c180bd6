/** A step failed; the message holds the end of its output. */
export class StepFailed extends Error {}
export function step<T>(name: string, work: () => Promise<T>, isGood?: (result: T) => boolean): Promise<T>
export function run(
  name: string,
  argv: string[],
  options?: { cwd?: string; env?: Record<string, string>; onLine?: (line: string) => void; whole?: boolean },
): Promise<string>
