/** Node config -> machine config or diagnostics, byte for byte. A case is a folder; `npx vitest -u` writes its outcome. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderPretty } from '../../transpiler/diag/render-pretty.ts'
import { transpile } from '../../transpiler/index.ts'

const ROOT = 'fixtures/golden'

function readLocalIn(folder: string) {
  return (path: string) =>
    existsSync(`${folder}/${path}`)
      ? new Uint8Array(readFileSync(`${folder}/${path}`))
      : { problem: 'no such file' }
}

test.each(readdirSync(ROOT))('%s', async name => {
  const folder = `${ROOT}/${name}`
  const source = { name: 'node.keel.yaml', text: new Uint8Array(readFileSync(`${folder}/node.keel.yaml`)) }
  const result = transpile([source], { readLocal: readLocalIn(folder) })
  const isClean = result.diagnostics.length === 0
  const [want, stale] = isClean ? ['machine.json', 'diagnostics.txt'] : ['diagnostics.txt', 'machine.json']
  const text = isClean ? (result.text ?? '') : renderPretty(result)

  await expect(text).toMatchFileSnapshot(`../../${folder}/${want}`)
  expect(result.missingOrigins()).toEqual([])
  // A case proves one outcome; a leftover of the other one would be a golden that nothing checks.
  expect(existsSync(`${folder}/${stale}`), `delete ${folder}/${stale}`).toBe(false)
})
