/** JSON with fewer spellings: no duplicate keys, whole numbers as plain digits, no half characters. */

/** One token: punctuation, a text, or a word (number, true, false, null). */
const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"|([^ \t\n\r{}[\],:"]+))/y

/** What breaks the rules, or nothing. For text that is not JSON at all, JSON.parse reports where it ends. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text)
  } catch (error) {
    return syntaxProblem(text, (error as Error).message)
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

/** In other words than JSON.parse, which may quote a piece of the document: that could be a secret. */
function syntaxProblem(text: string, message: string): string {
  if (text.trim() === '') return 'it is empty'
  const [, digits] = /at position (\d+)/.exec(message) ?? []
  const position = digits === undefined ? undefined : Number(digits)
  // Nothing is wrong with what is there.
  if (position === text.length || message.startsWith('Unexpected end'))
    return `it was cut off after ${text.length} characters: the JSON is not complete`
  if (position === undefined) return 'it is not JSON'
  const before = text.slice(0, position).split('\n')
  return `it is not JSON at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}

function textProblem(raw: string, before: string, keys: Set<string> | undefined): string | undefined {
  const text: string = JSON.parse(`"${raw}"`)
  if (/\p{Surrogate}/u.test(text)) return 'a string contains half of a surrogate pair'
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
