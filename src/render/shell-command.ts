/** A command as people paste it. */

/** A word that a POSIX shell reads back as it is. */
export function shellWord(text: string): string {
  return /^[\w%+,./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** One option with its value on each line. */
export function shellCommand(words: readonly string[]): string {
  const lines: string[] = []
  for (const word of words) {
    const isValue = lines.length > 1 && !word.startsWith('-') && !lines.at(-1)?.includes(' ')
    if (isValue) lines.push(`${lines.pop()} ${shellWord(word)}`)
    else lines.push(shellWord(word))
  }
  return `${lines.join(' \\\n  ')}\n`
}
