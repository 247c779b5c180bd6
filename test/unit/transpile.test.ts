import { describe, expect, test } from 'vitest'
import { renderPretty } from '../../transpiler/diag/render-pretty.ts'
import { transpile } from '../../transpiler/index.ts'

const HEAD = 'apiVersion: keel/v1\nhostname: node-1\n'
const codesOf = (text: string | Uint8Array, options = {}) =>
  transpile([{ name: 'a.yaml', text }], options).diagnostics.map(({ code }) => code)

describe('fragments', () => {
  const join = (...texts: string[]) => transpile(texts.map((text, i) => ({ name: `${i}.yaml`, text })))

  test('maps are joined deep, later values win, lists follow one another', () => {
    const { machine } = join(
      `${HEAD}network: {links: [{name: eth0, addresses: [192.0.2.1/24]}]}\nkernel: {sysctl: {vm.swappiness: 1}}\n`,
      'hostname: node-2\nnetwork: {links: [{name: eth1, addresses: [198.51.100.1/24]}]}\nkernel: {sysctl: {vm.max_map_count: 2}}\n',
    )
    expect(machine?.hostname).toEqual({ type: 'fixed', name: 'node-2' })
    expect(machine?.network.links?.map(({ addresses }) => addresses[0]?.address)).toEqual([
      '192.0.2.1',
      '198.51.100.1',
    ])
    expect(machine?.kernel.sysctl.map(({ name }) => name)).toEqual(['vm.swappiness', 'vm.max_map_count'])
  })

  test('null removes what an earlier fragment gave', () => {
    const { machine } = join(
      `${HEAD}onFailure: reboot\nkernel: {sysctl: {vm.swappiness: 1}}\n`,
      'onFailure: null\nkernel: {sysctl: {vm.swappiness: ~}}\n',
    )
    expect(machine?.onFailure).toEqual({ action: 'halt' })
    expect(machine?.kernel.sysctl).toEqual([])
  })

  test('a problem names the fragment and line that it is in, and so does its related place', () => {
    const result = join(
      `${HEAD}storage:\n  files:\n    - {path: /etc/a, contents: {inline: a}}\n`,
      'storage:\n  files:\n    - {path: /etc/a, contents: {inline: b}}\n',
    )
    expect(renderPretty(result)).toMatchInlineSnapshot(`
      "1.yaml:3:14: error[storage-duplicate-path] at $.storage.files[1].path
        the path \`/etc/a\` is already used
        3 |     - {path: /etc/a, contents: {inline: b}}
          |              ^^^^^^
        0.yaml:5:14: first given here
        hint: directories, files, links, persisted paths and mounts share one tree
      "
    `)
  })

  test('kubelet patches of two fragments are joined as RFC 7396 says: lists replace', () => {
    const role = `${HEAD}kubernetes: {role: standalone, kubelet: {config: {clusterDNS: [192.0.2.1], maxPods: 10, podPidsLimit: 5}}}\n`
    const { machine } = join(
      role,
      'kubernetes: {kubelet: {config: {clusterDNS: [192.0.2.2], maxPods: null}}}\n',
    )
    const { kubeletConfig } = (machine as { kubernetes: unknown }).kubernetes as { kubeletConfig: string }
    const kubelet = JSON.parse(kubeletConfig)
    expect(kubelet).toMatchObject({ clusterDNS: ['192.0.2.2'], podPidsLimit: 5 })
    expect(kubelet).not.toHaveProperty('maxPods')
  })
})

describe('sizes', () => {
  test('more than 8 MiB of text are refused at once', () => {
    expect(codesOf(`${HEAD}# ${'x'.repeat(10_000_000)}\n`)).toEqual(['source-too-large'])
  })

  test('a local file of more than 8 MiB is refused', () => {
    const readLocal = () => new Uint8Array(9 * 2 ** 20)
    expect(
      codesOf(`${HEAD}storage: {files: [{path: /etc/a, contents: {local: a}}]}\n`, { readLocal }),
    ).toEqual(['local-too-large'])
  })

  test('a list and a map of a hundred thousand lines are read in seconds', () => {
    const list = `${HEAD}x-a:\n${'  - a\n'.repeat(100_000)}`
    const map = `${HEAD}x-a:\n${Array.from({ length: 50_000 }, (_, i) => `  k${i}: v\n`).join('')}`
    expect(codesOf(list)).toEqual([])
    expect(codesOf(map)).toEqual([])
  })

  test('ten thousand files are transpiled in path order', () => {
    const files = Array.from(
      { length: 10_000 },
      (_, i) => `    - {path: /etc/app/${(i * 7919) % 10_000}.conf, contents: {inline: "${i}"}}\n`,
    )
    const { machine } = transpile([{ name: 'a', text: `${HEAD}storage:\n  files:\n${files.join('')}` }])
    const paths = machine?.storage.files.map(({ path }) => path) ?? []
    expect(paths.length).toBe(10_000)
    expect(paths).toEqual(paths.toSorted())
  })

  test('nesting without end is a problem and not a crash', () => {
    expect(codesOf(`x-a: ${'['.repeat(100_000)}`)).toContain('yaml-too-deep')
    expect(codesOf(`x-a: ${'{a: '.repeat(100_000)}`)).toContain('yaml-too-deep')
  })
})

test('without a way to read files a local file is a problem', () => {
  expect(codesOf(`${HEAD}storage: {files: [{path: /etc/a, contents: {local: a}}]}\n`)).toEqual([
    'local-unavailable',
  ])
})

test('a key called __proto__ is an unknown key like any other', () => {
  expect(codesOf(`${HEAD}kernel:\n  __proto__: {modules: [a]}\n`)).toEqual(['schema-unknown-key'])
})

test('each part of the machine config leads back to its line', () => {
  const { originOf } = transpile([
    {
      name: 'a.yaml',
      text: `${HEAD}storage:\n  files:\n    - path: /etc/b\n      contents: {inline: b}\n    - path: /etc/a\n      mode: 0600\n      contents: {inline: a}\n`,
    },
  ])
  expect(originOf(['storage', 'files', 0, 'mode'])).toMatchObject({
    line: 8,
    path: ['storage', 'files', 1, 'mode'],
  })
  expect(originOf(['storage', 'files', 1, 'mode'])).toMatchObject({
    line: 5,
    path: ['storage', 'files', 1 - 1],
  })
  expect(originOf(['hostname'])).toMatchObject({ file: 'a.yaml', line: 2 })
  const { originOf: ofTime } = transpile([
    { name: 'a.yaml', text: `${HEAD}time:\n  servers: [a.example]\n  timeout: 3s\n` },
  ])
  expect(ofTime(['time', 'timeoutMs'])).toMatchObject({ line: 5, path: ['time', 'timeout'] })
})
