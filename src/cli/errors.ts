/** Ends of a run that are neither a success nor a problem of the config. */

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  readonly exitCode = 2
}

/** The environment is at fault: a file cannot be read, a program is missing, the network fails. Exit code 3. */
export class EnvironmentError extends Error {
  readonly exitCode = 3
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'it already exists',
  EISDIR: 'it is a directory',
  ENOENT: 'no such file',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is not a directory',
  EPERM: 'not permitted',
  EROFS: 'the filesystem is read-only',
}

/** The system's error as text. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  return (code && REASONS[code]) ?? (error instanceof Error ? error.message : String(error))
}
