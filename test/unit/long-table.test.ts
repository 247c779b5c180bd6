import { expect, test } from 'vitest'
import { withTable } from '../long/table.mjs'

const PAGE = '# Page\n\n<!-- measured by npm run test:long -->\n<!-- /measured -->\n\nText.\n'
const row = (where: string, name: string, passed: number, failed = 0) => ({
  name,
  minutes: 0,
  seconds: 61.4,
  passed,
  failed,
  where,
})

test('a target that ran again has a new row, the others keep theirs, and the text around stays', () => {
  const first = withTable(PAGE, [row('monday', 'boots', 20), row('monday', 'joins', 3, 2)])
  const second = withTable(first, [
    row('tuesday', 'joins', 5),
    { ...row('tuesday', 'fuzz-dns', 1), minutes: 5 },
  ])
  expect(second).toBe(`# Page

<!-- measured by npm run test:long -->
| target | outcome | time | when |
| --- | --- | --- | --- |
| boots | 20 passed | 61 s | monday |
| joins | 5 passed | 61 s | tuesday |
| fuzz-dns | 1 passed | 5 min of inputs | tuesday |
<!-- /measured -->

Text.
`)
  expect(first).toContain('| joins | 3 passed, **2 failed** | 61 s | monday |')
})

test('a suite of others has the failures that the page explains after its count', () => {
  const page = withTable(PAGE, [{ ...row('monday', 'critest', 120), known: 10 }])
  expect(page).toContain('| critest | 120 passed, 10 known failures | 61 s | monday |')
})

test('a page without a place for the table is an error', () => {
  expect(() => withTable('# Page\n', [])).toThrow('no place')
})
