/** keelctl knows the values of the image's kubelet and no others; and the kubelet says its version early and as upstream does. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, expect, test } from 'vitest'
import { componentOf } from '../../images/lock.ts'
import { goBuild } from '../../images/steps/go.ts'
import kubernetes from '../../schema/kubernetes/v1.json' with { type: 'json' }
import { lockOf } from '../lock.ts'
import { openImage, walk } from './opened.ts'

const folder = mkdtempSync(join(tmpdir(), 'keel-kubelet-'))
const kubelet = join(folder, 'kubelet')
const bytes = walk(openImage().root).find(({ path }) => path === '/bin/kubelet')?.bytes ?? Buffer.of()
writeFileSync(kubelet, bytes, { mode: 0o700 })
afterAll(() => rmSync(folder, { recursive: true }))

test('every flag, and no other', () => {
  const help = execFileSync(kubelet, ['--help'], { encoding: 'utf8' })
  const flags = [...help.matchAll(/^ +(?:-\w, )?--([a-z0-9-]+)/gm)].map(([, name = '']) => name)
  expect([...Object.keys(kubernetes.flags), 'help'].sort()).toEqual([...new Set([...flags, 'help'])].sort())
})

test('every feature gate that is not settled, and none that it does not have', () => {
  const help = execFileSync(kubelet, ['--help'], { encoding: 'utf8' })
  const open = [...help.matchAll(/^ +(\w+)=true\|false \((ALPHA|BETA) - default=(true|false)\)/gm)]
  const listed = open.map(([, name, stage, value]) => [name, { stage, default: value === 'true' }])
  const known = Object.entries(kubernetes.featureGates)
    .filter(([, { stage }]) => stage === 'ALPHA' || stage === 'BETA')
    .map(([name, gate]) => [name, { stage: gate.stage, default: gate.default }])
  expect(Object.fromEntries(known)).toEqual(Object.fromEntries(listed))
})

test('every field stands in it as a tag of JSON', () => {
  const tags = bytes.toString('latin1').matchAll(/json:"([A-Za-z0-9]+)[",]/g)
  const known = new Set([...tags].map(([, name]) => name))
  const fields = Object.values(kubernetes.definitions).flatMap(one => Object.keys(one.properties))
  expect(fields.length).toBeGreaterThan(500)
  expect(fields.filter(name => !known.has(name))).toEqual([])
})

test('schema/kubernetes has what npm run gen:kubernetes writes of this kubelet', () => {
  const program = { name: 'values', package: './values', tags: ['grpcnotrace'], stamp: {} }
  const { argv, env } = goBuild(program, 'images/go/kubelet', folder)
  const [command = '', ...args] = argv
  execFileSync(command, args, { cwd: 'images/go/kubelet', env: { ...process.env, ...env }, stdio: 'pipe' })
  const text = execFileSync(join(folder, 'values'), { cwd: 'images/go/kubelet', encoding: 'utf8' })
  // The other minors are differences; test/long makes the whole file.
  const { others: _, ...values } = kubernetes
  expect(JSON.stringify(JSON.parse(text)) === JSON.stringify(values), 'npm run gen:kubernetes').toBe(true)
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
