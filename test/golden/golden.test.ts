/** Node config -> machine config or diagnostics, byte for byte. A case is a folder; `npm run test:golden -- -u` writes its outcome. */
import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderPretty } from '../../transpiler/diag/render-pretty.ts'
import { transpile } from '../../transpiler/index.ts'
import { caseIn } from './case.ts'

const ROOT = 'fixtures/golden'

test.each(readdirSync(ROOT))('%s', async name => {
  const folder = `${ROOT}/${name}`
  const { sources, options, lowerBy } = caseIn(folder)
  const result = transpile(sources, options, lowerBy)
  const isClean = result.diagnostics.length === 0
  const [want, stale] = isClean ? ['machine.json', 'diagnostics.txt'] : ['diagnostics.txt', 'machine.json']
  const text = isClean ? (result.text ?? '') : renderPretty(result)

  await expect(text).toMatchFileSnapshot(`../../${folder}/${want}`)
  expect(result.missingOrigins()).toEqual([])
  // A case proves one outcome; a leftover of the other one would be a golden that nothing checks.
  expect(existsSync(`${folder}/${stale}`), `delete ${folder}/${stale}`).toBe(false)
})
