/** A value that is there, because no problem was reported. Its lack is a bug in Keel, not a problem of the config. */
export function certain<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} must be known here`)
  return value
}
