import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { docsTable, listed } from '../docs-table.ts'
import { tempDir } from '../temp-dir.ts'
import { entries, type Found, imageDir, imageFacts, isElf, openImage, walk, wantsLoader } from './opened.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const root = walk(openImage().root)
const initramfs = walk(openImage().initramfs)
const everything = [...initramfs, ...root]

test.each([
  ['initramfs', initramfs],
  ['root', root],
] as const)(
  'files.json lists the %s as it is: every entry, no other, with size and digest',
  (where, found) => {
    const listed = entries()
      .filter(entry => entry.in === where && entry.kind !== 'char')
      .map(({ path, kind, target, sha256: digest }) => ({ path, kind, target, digest }))
    const real = found.map(({ path, kind, target, bytes }) => ({
      path,
      kind,
      target,
      digest: kind === 'file' ? sha256(bytes) : undefined,
    }))
    const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1)
    expect(real.sort(byPath)).toEqual(listed.sort(byPath))
  },
)

test('every entry has a reason, and it is a sentence', () => {
  expect(entries().filter(({ why }) => !/^\S.{5,}\.$/.test(why))).toEqual([])
})

test('there is no shell and no interpreter, by name or by content', () => {
  const name =
    /^(.*sh|busybox.*|toybox.*|sshd|dropbear.*|.*getty|login|apt|apt-get|dpkg|rpm|dnf|apk|python.*|perl.*|lua.*|awk|gawk|mawk|sed|node|ruby.*|tclsh.*)$/
  // Not shells: a file's name in the table of the shim's own protocol.
  expect(
    everything
      .filter(({ path, kind }) => kind !== 'dir' && name.test(path.replace(/^.*\//, '')))
      .map(f => f.path),
  ).toEqual([])
  expect(everything.filter(({ bytes }) => bytes.subarray(0, 2).toString() === '#!').map(f => f.path)).toEqual(
    [],
  )
})

test('the programs and their names are those of docs/running-node.md, and every one is static', () => {
  const programs = everything.filter(isProgram)
  const inContainers = /^\/lib\/keel\/store\//
  const outside = programs.map(({ path }) => path).filter(path => !inContainers.test(path))
  const stated = docsTable('docs/running-node.md', 'Programs')
  expect(outside.sort()).toEqual(stated.map(([file]) => file).sort())
  expect(programs.length - outside.length).toBe(2)
  // A link to a folder is another name of everything in it, and no program.
  const names = root.filter(
    ({ kind, target = '' }) => kind === 'link' && /^(keel-init|containerd|kubelet|iptables)$/.test(target),
  )
  const listedNames = stated.flatMap(([, others]) => listed(others)).filter(name => name !== MOUNT_POINT)
  expect(names.map(({ path }) => path).sort()).toEqual(listedNames.sort())
  expect(programs.filter(wantsLoader).map(({ path }) => path)).toEqual([])
  expect(everything.filter(({ path }) => /\.so(\.|$)/.test(path)).map(({ path }) => path)).toEqual([])
})

/** A kernel module is relocatable, and nothing that can be executed. */
const RELOCATABLE = 1
const isProgram = (file: Found) => isElf(file) && file.bytes.readUInt16LE(16) !== RELOCATABLE

/** PID 1 itself, out of the initramfs. */
const MOUNT_POINT = '/bin/keel-init'

test('keel-init and the UKI are within their budgets', () => {
  const budgets = docsTable('docs/running-node.md', 'Sizes').map(([, most = '']) => Number.parseInt(most, 10))
  expect(budgets).toEqual([4.25 * 2 ** 20, 70 * 1000 ** 2])
  const [ofInit = 0, ofUki = 0] = budgets
  expect(statSync(join(imageDir, 'keel-init')).size).toBeLessThanOrEqual(ofInit)
  const dir = tempDir()
  execFileSync('node', ['dist/keelctl', 'image', 'build', '--as', 'uki', '-o', dir], { stdio: 'pipe' })
  expect(statSync(join(dir, 'keel.efi')).size).toBeLessThanOrEqual(ofUki)
})

test('whatever may be executed is a program, and nothing is set-uid', () => {
  const executable = root.filter(({ kind, mode }) => kind === 'file' && /[1357]/.test(mode.slice(1)))
  expect(executable.filter(file => !isElf(file)).map(({ path }) => path)).toEqual([])
  expect(
    everything.filter(({ kind, mode }) => kind === 'file' && !mode.startsWith('0')).map(f => f.path),
  ).toEqual([])
})

test('https trusts the authorities of the web, each of them once', () => {
  const bundle =
    root.find(({ path }) => path === '/etc/ssl/certs/ca-certificates.crt')?.bytes.toString() ?? ''
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n/g) ?? []
  expect(blocks.join('')).toBe(bundle)
  const certificates = blocks.map(block => new X509Certificate(block))
  expect(certificates.filter(({ ca }) => !ca)).toEqual([])
  const names = new Set(certificates.map(({ fingerprint256 }) => fingerprint256))
  expect(names.size).toBe(certificates.length)
  expect(names.size).toBeGreaterThan(100)
})

test('kubelet, containerd and runc are the upstream modules that the lock pins, by their own build record', () => {
  for (const name of ['kubelet', 'containerd', 'runc']) {
    const component = imageFacts().components.find(one => one.name === name)
    if (component?.origin.kind !== 'go') throw new Error(`${name} is not a Go component`)
    const record = execFileSync('go', ['version', '-m', join(openImage().root, 'bin', name)], {
      encoding: 'utf8',
    })
    expect(record).toMatch(
      new RegExp(
        `\\s${component.origin.module}\\s+v${component.version}\\s+${component.origin.sum.replace(/[+/]/g, '.')}`,
      ),
    )
    expect(component.files.map(({ path }) => path)).toContain(`/bin/${name}`)
  }
})

test('image.json holds the digests of the files next to it and of their contents', () => {
  const facts = imageFacts()
  for (const file of facts.files) {
    expect(execFileSync('sha256sum', [join(imageDir, file.path)], { encoding: 'utf8' })).toContain(
      file.sha256,
    )
  }
  for (const { path, sha256: digest } of facts.components.flatMap(({ files }) => files)) {
    expect(everything.filter(found => found.path === path).map(found => sha256(found.bytes))).toContain(
      digest,
    )
  }
  expect(facts.lockExact).toBe(facts.substitutes.length === 0)
})

test('the SBOM names every component of the image, and every Go module linked into one', () => {
  type Package = { SPDXID: string; name: string; versionInfo: string }
  type Relation = { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }
  const spdx: { packages: Package[]; relationships: Relation[] } = JSON.parse(
    readFileSync(join(imageDir, 'spdx.json'), 'utf8'),
  )
  const of = (kind: string) => spdx.relationships.filter(({ relationshipType }) => relationshipType === kind)
  const named = (id: string) => spdx.packages.find(({ SPDXID }) => SPDXID === id)
  expect(
    of('CONTAINS').map(({ relatedSpdxElement }) => {
      const one = named(relatedSpdxElement)
      return [one?.name, one?.versionInfo]
    }),
  ).toEqual(imageFacts().components.map(({ name, version }) => [name, version]))

  const linked = of('STATIC_LINK')
  expect(linked.filter(({ relatedSpdxElement }) => named(relatedSpdxElement) === undefined)).toEqual([])
  expect(new Set(spdx.packages.map(({ SPDXID }) => SPDXID)).size).toBe(spdx.packages.length)
  // What the programs themselves say, but for modules that another one replaces.
  const stated = everything
    .filter(({ path }) => /^\/bin\/(runc|kubelet)$/.test(path))
    .flatMap(({ path, bytes }) => {
      const modules = [...bytes.toString('latin1').matchAll(/^dep\t(\S+)\tv(\S+)(?:\t\S*)?$(?!\n=>)/gm)]
      return modules.map(([, module, version]) => `${path.slice(5)} ${module} ${version}`)
    })
  const linkedTo = linked.map(({ spdxElementId, relatedSpdxElement }) => {
    const one = named(relatedSpdxElement)
    return `${spdxElementId.replace('SPDXRef-', '')} ${one?.name} ${one?.versionInfo}`
  })
  expect(stated.length).toBeGreaterThan(50)
  const own = imageFacts().components.flatMap(({ name, version, origin }) =>
    origin.kind === 'go' ? `${name} ${origin.module} ${version}` : [],
  )
  expect(stated.filter(line => !linkedTo.includes(line) && !own.includes(line))).toEqual([])
})
