/** JSON with fewer spellings: no duplicate keys, whole numbers as plain digits, no half characters. */

/** One token: punctuation, a text, or a word (number, true, false, null). */
const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"|([^ \t\n\r{}[\],:"]+))/y

/** What breaks the rules, or nothing. Anything that is no JSON at all is left to JSON.parse, which says it best. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text)
  } catch (error) {
    return withoutText((error as Error).message)
  }
  const keys: (Set<string> | undefined)[] = []
  let before = ''
  TOKEN.lastIndex = 0
  for (let token = TOKEN.exec(text); token !== null; token = TOKEN.exec(text)) {
    const [, mark, string, word] = token
    if (mark === '{') keys.push(new Set())
    else if (mark === '[') keys.push(undefined)
    else if (mark === '}' || mark === ']') keys.pop()
    const problem = string !== undefined ? textProblem(string, before, keys.at(-1)) : wordProblem(word)
    if (problem !== undefined) return problem
    before = mark ?? ''
  }
  return undefined
}

/** What JSON.parse says, without the piece of the document that it may quote: that could be a secret. */
function withoutText(message: string): string {
  return message.replace(/, (\.{3})?".*is not valid JSON$/s, '')
}

function textProblem(raw: string, before: string, keys: Set<string> | undefined): string | undefined {
  const text: string = JSON.parse(`"${raw}"`)
  if (/\p{Surrogate}/u.test(text)) return 'a text has half of a surrogate pair'
  // In an object a text after { or , is a key.
  if (keys === undefined || (before !== '{' && before !== ',')) return undefined
  if (keys.has(text)) return `the key ${JSON.stringify(text)} is given twice`
  keys.add(text)
  return undefined
}

function wordProblem(word: string | undefined): string | undefined {
  if (word === undefined || word === 'true' || word === 'false' || word === 'null') return undefined
  if (!/^(0|-?[1-9]\d*)$/.test(word)) return `the number ${word} is not written as plain digits`
  return Number.isSafeInteger(Number(word)) ? undefined : `the number ${word} is too large`
}
