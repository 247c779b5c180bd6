const PATIENCE_MS = 60_000

/** Asks again until the answer is yes. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await isSo())) if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`)
}
