/** Tests of critest that fail, by their names. docs/testing.md explains each. */
export const KNOWN_FAILURES: readonly string[] = []
