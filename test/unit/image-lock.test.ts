import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Lock } from '../../images/lock.ts'
import { openMirror, resolve } from '../../images/mirror.ts'
import { planPrograms } from '../../images/programs.ts'
import { cloud } from '../../images/recipes/cloud.ts'
import { lockOf } from '../lock.ts'
import { recordingEnvironment } from './recording-environment.ts'

const lock = lockOf('components')
const clusterLock = lockOf('cluster')
const terraformLock = lockOf('terraform')

test('the locks name the versions that the wrapper modules require, with the digests of their go.sum', () => {
  for (const { version, origin } of [
    ...lock.components,
    ...clusterLock.components,
    ...terraformLock.components,
  ]) {
    if (origin.kind !== 'go') continue
    const at = (file: string) => readFileSync(`images/go/${origin.wrapper}/${file}`, 'utf8')
    expect(at('go.mod')).toContain(`${origin.module} v${version}`)
    expect(at('go.sum')).toContain(`${origin.module} v${version} ${origin.sum}\n`)
  }
})

test('kubelet, kubeadm and the control plane that they are tested with are of one version', () => {
  const kubernetes = [...lock.components, ...clusterLock.components, ...terraformLock.components].filter(
    ({ origin }) => origin.kind === 'go' && origin.module === 'k8s.io/kubernetes',
  )
  expect(kubernetes.map(({ name }) => name)).toEqual(['kubelet', 'control-plane'])
  expect(new Set(kubernetes.map(({ version }) => version)).size).toBe(1)
})

test('every component outside the machines is built by one step, after its package was fetched', () => {
  const components = [...clusterLock.components, ...terraformLock.components]
  const steps = planPrograms({ components })
  const ofGo = components.filter(({ origin }) => origin.kind === 'go').map(({ name }) => name)
  const packages = components.filter(({ origin }) => origin.kind === 'deb').map(({ name }) => name)
  expect([...ofGo, ...packages].sort()).toEqual(components.map(({ name }) => name).sort())
  expect(steps.map(({ id }) => id)).toEqual([
    ...packages.map(name => `${name}-package`),
    ...components.map(({ name }) => name),
  ])
  expect(steps.filter(({ commands }) => commands.length === 0)).toEqual([])
})

test('every Go component has programs, and every file of the recipe a reason', () => {
  const recipe = cloud('0.0.0')
  const modules = lock.components.filter(({ origin }) => origin.kind === 'go').map(({ name }) => name)
  expect(Object.keys(recipe.programs).sort()).toEqual(modules.sort())
  expect(
    [...recipe.files, ...recipe.modules, ...recipe.images].filter(({ why }) => !why.endsWith('.')),
  ).toEqual([])
})

const KERNEL: Lock = {
  components: [
    {
      name: 'linux',
      version: '6.12.1-1',
      license: 'GPL-2.0-only',
      origin: { kind: 'deb', package: 'linux-1', pattern: '^linux-', suites: ['stable'], sha256: 'a1' },
    },
  ],
}

/** A mirror with one kernel, 6.12.`n`-1. */
const mirrorWith = (n: number) =>
  recordingEnvironment(argv => {
    if (argv.startsWith('apt-cache search')) return `linux-${n} - a kernel\n`
    if (argv.startsWith('apt-cache show')) return `Package: linux-${n}\nVersion: 6.12.${n}-1\nSHA256: a${n}\n`
    return ''
  })

const resolveOn = (n: number, locked: boolean, isCached = false) => {
  const { environment, warnings, ran } = mirrorWith(n)
  const resolved = resolve(
    KERNEL,
    locked,
    async () => isCached,
    openMirror(KERNEL, '/apt', environment),
    environment,
  )
  return { resolved, warnings, ran }
}

test('a pin that the mirror has is used as it is', async () => {
  const { resolved, warnings } = resolveOn(1, true)
  expect(await resolved).toEqual({ lock: KERNEL, substitutes: [] })
  expect(warnings).toEqual([])
})

test('a pin that is gone gives way to the newest, loudly, and the image is marked', async () => {
  const { resolved, warnings } = resolveOn(2, false)
  const { lock: resolvedLock, substitutes } = await resolved
  expect(substitutes).toEqual([{ name: 'linux', pinned: '6.12.1-1', used: '6.12.2-1' }])
  expect(resolvedLock.components[0]).toMatchObject({
    version: '6.12.2-1',
    origin: { package: 'linux-2', sha256: 'a2' },
  })
  expect(warnings).toEqual([
    'linux 6.12.1-1 is no longer on the mirror; 6.12.2-1 is used, so this image is not what the lock says',
  ])
})

test('a locked build stops at a pin that is gone and names the command that pins again', async () => {
  await expect(resolveOn(2, true).resolved).rejects.toMatchObject({
    message: "linux: the lock pins linux-1 6.12.1-1, which the mirror's stable no longer have",
    hint: 'run keelctl image lock to pin 6.12.2-1, look at the diff, then build again',
  })
})

test('a pin in the cache asks no mirror', async () => {
  const { resolved, ran } = resolveOn(2, true, true)
  expect((await resolved).substitutes).toEqual([])
  expect(ran).toEqual([])
})
