/** What the exit codes of keelctl mean. */

/** Codes that every command can end with. */
const COMMON: Readonly<Record<number, string>> = {
  2: 'the command line is wrong',
  3: 'a file, a program or the network failed',
  70: 'a bug in Keel; the message is what a report needs',
}

/** Each exit code of a command with its meaning, smallest first; `own` are the command's. */
export function exitCodesOf(own: Readonly<Record<number, string>>): [code: number, meaning: string][] {
  return Object.entries({ ...COMMON, ...own }).map(([code, meaning]) => [Number(code), meaning])
}

/** The end of a command's help. */
export function exitCodesHelp(own: Readonly<Record<number, string>>): string {
  const lines = exitCodesOf(own).map(([code, meaning]) => `  ${String(code).padEnd(4)}${meaning}`)
  return `\nExit codes:\n${lines.join('\n')}`
}
