/** keelctl explain over every code of the catalog, with stand-ins for what a problem is about. */
import { expect, test } from 'vitest'
import { explain } from '../../src/commands/explain.ts'
import { catalog } from '../../transpiler/diag/catalog.ts'

test.each(Object.keys(catalog))('%s has a page', code => {
  expect(explain(code)).toMatch(/^\S+: (an error|a warning) of keelctl\n/)
  expect(explain(code)).not.toMatch(/undefined|NaN|\[object/)
})

test('a number that a message has is a stand-in too, and no number of ours', () => {
  for (const code of Object.keys(catalog))
    expect(explain(code)).not.toMatch(/(limit is|more than|in line) 1\b/)
})
