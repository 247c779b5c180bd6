/** What keelctl takes for names of the kubelet are those of the image's kubelet. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { KUBELET_FIELDS, KUBELET_FLAGS } from '../../transpiler/kubelet-names.ts'
import { openImage, walk } from './opened.ts'

const folder = mkdtempSync(join(tmpdir(), 'keel-kubelet-'))
const kubelet = join(folder, 'kubelet')
const bytes = walk(openImage().root).find(({ path }) => path === '/bin/kubelet')?.bytes ?? Buffer.of()
writeFileSync(kubelet, bytes, { mode: 0o700 })
afterAll(() => rmSync(folder, { recursive: true }))

test('every flag, and no other but those that end it at once', () => {
  const help = execFileSync(kubelet, ['--help'], { encoding: 'utf8' })
  const flags = [...help.matchAll(/^ +(?:-\w, )?--([a-z0-9-]+)/gm)].map(([, name = '']) => name)
  expect([...KUBELET_FLAGS, 'help', 'version'].sort()).toEqual([...new Set([...flags, 'help'])].sort())
})

test('every field stands in it as a tag of JSON', () => {
  const tags = bytes.toString('latin1').matchAll(/json:"([A-Za-z0-9]+)[",]/g)
  const known = new Set([...tags].map(([, name]) => name))
  const unknown = KUBELET_FIELDS.filter(name => !known.has(name))
  expect(unknown).toEqual([])
})
