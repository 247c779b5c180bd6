/** Writes docs/reference, or says what it would write: see `npm run gen` and test/tidy. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { referencePages } from './pages.ts'

const GOLDENS = 'fixtures/golden'
const LOCK = 'images/components.lock.json'

/** The pages, with the golden that is called after a code as its example. */
export async function pages(): Promise<Record<string, string>> {
  const cases = readdirSync(GOLDENS).sort()
  const { components } = JSON.parse(readFileSync(LOCK, 'utf8'))
  return referencePages(code => {
    const name = cases.find(one => one === code) ?? cases.find(one => one.startsWith(code))
    const file = `${GOLDENS}/${name}/diagnostics.txt`
    return name !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }, components)
}

if (process.argv[2] === '--write') {
  mkdirSync('docs/reference', { recursive: true })
  for (const [name, text] of Object.entries(await pages())) writeFileSync(`docs/reference/${name}`, text)
}
