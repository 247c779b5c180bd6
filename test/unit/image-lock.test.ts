import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { buildImage, repinLocks } from '../../images/index.ts'
import { keyOf } from '../../images/keys.ts'
import { KUBELET, kubernetesVersions, type Lock, type OriginOf, withKubernetes } from '../../images/lock.ts'
import { openMirror, resolve } from '../../images/mirror.ts'
import { planPrograms } from '../../images/programs.ts'
import { cloud } from '../../images/recipes/cloud.ts'
import { goStep } from '../../images/steps/go.ts'
import { lockOf } from '../lock.ts'
import { recordingEnvironment } from './recording-environment.ts'

const lock = lockOf('components')
const clusterLock = lockOf('cluster')
const WRAPPER = 'images/go/kubelet'
const longLock = lockOf('long')
const terraformLock = lockOf('terraform')

test('the locks name the versions that the wrapper modules require, with the digests of their go.sum', () => {
  for (const { version, origin } of [
    ...lock.components,
    ...clusterLock.components,
    ...longLock.components,
    ...terraformLock.components,
  ]) {
    if (origin.kind !== 'go') continue
    const modfile = `images/go/${origin.wrapper}/${origin.modfile ?? 'go.mod'}`
    const sums = modfile.replace(/mod$/, 'sum')
    expect(readFileSync(modfile, 'utf8'), modfile).toContain(`${origin.module} v${version}`)
    expect(readFileSync(sums, 'utf8'), sums).toContain(`${origin.module} v${version} ${origin.sum}\n`)
  }
})

test('kubelet, kubeadm and the control plane that they are tested with are of one version', () => {
  const kubernetes = (wanted: string | undefined) =>
    [lock, clusterLock, terraformLock]
      .flatMap(one => withKubernetes(one, wanted).components)
      .filter(({ origin }) => origin.kind === 'go' && origin.module === 'k8s.io/kubernetes')
  expect(kubernetes(undefined).map(({ name }) => name)).toEqual(['kubelet', 'control-plane'])
  expect(new Set(kubernetes(undefined).map(({ version }) => version)).size).toBe(1)
  // The one before, for the test of a worker that is too new.
  expect(new Set(kubernetes('1.36').map(({ version }) => version))).toEqual(new Set(['1.36.3']))
})

test('a minor of Kubernetes or a whole version is one row of the lock, and without any it is the first', () => {
  const chosen = (wanted: string | undefined) => kubernetesVersions(withKubernetes(lock, wanted))
  expect(chosen(undefined)).toEqual(kubernetesVersions(lock).slice(0, 1))
  expect(chosen('1.36')).toEqual(['1.36.3'])
  expect(chosen('1.36.3')).toEqual(['1.36.3'])
  for (const none of ['1.3', '1', '1.36.30', '1.36.', '']) expect(chosen(none), none).toEqual([])
  expect(withKubernetes(lock, '1.36').components.length).toBe(
    withKubernetes(lock, undefined).components.length,
  )
})

test('an image of a version that the lock does not have is refused with those that it has', async () => {
  const { environment, files, ran } = recordingEnvironment(() => '')
  files.set('/src/images/components.lock.json', readFileSync('images/components.lock.json', 'utf8'))
  const options = {
    recipe: 'cloud',
    kind: 'kernel',
    outDir: '/out',
    locked: true,
    keelVersion: '0.0.0',
    imageVersion: '0.0.0',
  } as const
  const places = { checkout: '/src', cache: '/cache' }
  await expect(buildImage({ ...options, kubernetes: '1.33' }, places, environment)).rejects.toMatchObject({
    message: 'images/components.lock.json has no Kubernetes 1.33',
    hint: `choose one of ${kubernetesVersions(lock).join(', ')}`,
  })
  expect(ran).toEqual([])
})

test('the versions of a wrapper do not depend on each other', () => {
  const [usual, ...others] = lock.components
    .filter(({ name }) => name === KUBELET)
    .map(component => goStep({ ...component, origin: component.origin as OriginOf<'go'> }, []))
  expect(usual).toMatchObject({ id: 'kubelet', files: [WRAPPER, `${WRAPPER}/go.mod`, `${WRAPPER}/go.sum`] })
  expect(others[0]).toMatchObject({
    id: 'kubelet',
    folder: 'kubelet-1.36.3',
    files: [WRAPPER, `${WRAPPER}/v1.36.mod`, `${WRAPPER}/v1.36.sum`],
  })
  const { fs } = recordingEnvironment(() => '').environment
  const tree = new Map<string, string>()
  const read = { ...fs, read: (path: string) => Buffer.from(tree.get(path) ?? '') }
  const below = (path: string) =>
    [...tree.keys()].filter(one => one.startsWith(`${path}/`)).map(one => one.slice(path.length + 1))
  const list = (path: string) => [...new Set(below(path).map(name => name.split('/')[0] ?? ''))]
  const files = {
    ...read,
    list,
    exists: (path: string) => tree.has(path) || list(path).length > 0,
    isFolder: (path: string) => list(path).length > 0,
  }
  const keys = () => [usual, ...others].map(step => step && keyOf(step, [], [], '/src', files))
  for (const name of ['main.go', 'go.mod', 'go.sum', 'v1.36.mod', 'v1.36.sum', 'inner/go.mod'])
    tree.set(`/src/${WRAPPER}/${name}`, name)
  const changed = (name: string) => {
    const before = keys()
    tree.set(`/src/${WRAPPER}/${name}`, 'changed')
    return keys().map((key, i) => key !== before[i])
  }
  expect(changed('v1.36.sum')).toEqual([false, true, false, false])
  expect(changed('go.mod')).toEqual([true, false, false, false])
  expect(changed('main.go')).toEqual([true, true, true, true])
  // A module in a folder of the wrapper, such as the one that flannel's go.mod replaces another by.
  expect(changed('inner/go.mod')).toEqual([true, true, true, true])
})

test('every component outside the machines is built by one step, after its package was fetched', () => {
  const components = [clusterLock, longLock, terraformLock].flatMap(
    one => withKubernetes(one, undefined).components,
  )
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

test('a program that runs tests is built as one, with the flags of any other', () => {
  const step = planPrograms(longLock).find(({ id }) => id === 'e2e')
  expect(step?.commands.map(({ argv }) => argv.slice(0, 4))).toEqual([
    ['go', 'test', '-c', '-trimpath'],
    ['go', 'build', '-trimpath', '-buildvcs=false'],
  ])
})

test('every Go component has programs, and every file of the recipe a reason', () => {
  const recipe = cloud({ keelVersion: '1', imageVersion: '1' })
  const { components } = withKubernetes(lock, undefined)
  const modules = components.filter(({ origin }) => origin.kind === 'go').map(({ name }) => name)
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

test('every lock is pinned again, also those of programs that no image has', async () => {
  const { environment, files } = mirrorWith(2)
  const lockNames = ['components', 'cluster', 'long', 'terraform'].map(name => `/c/images/${name}.lock.json`)
  for (const name of lockNames) files.set(name, JSON.stringify({ components: [] }))
  files.set('/c/images/cluster.lock.json', JSON.stringify(KERNEL))
  const changed = await repinLocks({ checkout: '/c', cache: '/cache' }, environment)
  expect(changed).toEqual([{ name: 'linux', pinned: '6.12.1-1', used: '6.12.2-1' }])
  expect(JSON.parse(files.get('/c/images/cluster.lock.json') ?? '')).toMatchObject({
    components: [{ version: '6.12.2-1' }],
  })
})
