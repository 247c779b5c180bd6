/** The image's kubelet has the names that keelctl takes for the kubelet's, and says its version early and as the kubelet does. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { componentOf } from '../../images/lock.ts'
import { KUBELET_FIELDS, KUBELET_FLAGS } from '../../transpiler/kubelet-names.ts'
import { lockOf } from '../lock.ts'
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

/** Go names each package on stderr when it initialises it. */
const run = (argv0: string, ...argv: string[]) =>
  spawnSync(kubelet, argv, { argv0, encoding: 'utf8', env: { GODEBUG: 'inittrace=1' } })
const INITIALISED = /^init k8s\.io\/kubernetes\/pkg\/kubelet @/m

test('what kubeadm asks it for is answered before its packages are initialised, in its own words', () => {
  const { version } = componentOf(lockOf('components'), 'kubelet')
  const [early, own] = [run('kubelet', '--version'), run('/bin/kubelet', '--version=true')]
  expect(early).toMatchObject({ status: 0, stdout: `Kubernetes v${version}\n` })
  expect(early.stderr).not.toMatch(INITIALISED)
  expect(own).toMatchObject({ status: 0, stdout: early.stdout })
  expect(own.stderr).toMatch(INITIALISED)
})

test('the same word is not answered in the name of kubeadm', () => {
  expect(run('kubeadm', '--version').stdout).not.toMatch(/^Kubernetes v/m)
})
