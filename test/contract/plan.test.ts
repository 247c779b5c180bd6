/** keelctl plan asks the real keel-init. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NAMES } from '../../schema/names.ts'
import { realEnv } from '../../src/cli/env.ts'
import { plan } from '../../src/commands/plan.ts'
import { keelInit } from './validators.ts'

const MIB = 2 ** 20
const DEMO = 'fixtures/demo/worker.keel.yaml'
const SHOW = { format: 'pretty', color: 'never' } as const
let init = ''
let folder = ''
let disk = ''

beforeAll(() => {
  init = keelInit()
  folder = mkdtempSync(join(tmpdir(), 'keel-plan-'))
  disk = join(folder, 'disk.raw')
  writeFileSync(disk, '')
  truncateSync(disk, 2 ** 32)
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** Exit code and stdout. */
function planned(files: string[], options: { disk?: string[]; observation?: string; json?: true }) {
  let stdout = ''
  const collect = (text: string) => {
    stdout += text
  }
  const env = { ...realEnv(), stdout: collect }
  return {
    code: plan(files, { ...SHOW, keelInit: init, ...options }, env),
    stdout: stdout.replaceAll(folder, ''),
  }
}

test('the plan for an empty disk sets it up, in order', () => {
  const { code, stdout } = planned([DEMO], { disk: [`${disk},serial=keel-disk`], json: true })
  const actions = JSON.parse(stdout).actions.map(
    (action: { action: string; object: string }) => `${action.action} ${action.object}`,
  )
  expect({ code, actions }).toEqual({
    code: 0,
    actions: [
      'write-table /disk.raw',
      'make-filesystem KEEL-STATE',
      'finish-partition KEEL-STATE',
      'make-filesystem KEEL-DATA',
      'finish-partition KEEL-DATA',
      ...WHAT_PERSISTS,
      'write-file /var/lib/hello/greeting.txt',
    ],
  })
})

/** What a standalone node keeps by itself, and the demo's own path: a filesystem at a time in the order of the paths. */
const WHAT_PERSISTS = [
  ...['', '/etc', '/etc/kubernetes'].map(path => `make-directory /keel/state/persist${path}`),
  ...['', '/var', '/var/lib', '/var/lib/containerd', '/var/lib/hello', '/var/lib/kubelet'].map(
    path => `make-directory /keel/data/persist${path}`,
  ),
  ...['/var', '/var/lib', '/var/lib/kubelet', '/var/lib/kubelet/pki'].map(
    path => `make-directory /keel/state/persist${path}`,
  ),
  'make-directory /keel/data/persist/var/log',
]

/** The plan for links of the config on a machine with some links, as text or as JSON. */
function plannedLinks(name: string, links: string, seen: object[], json?: true) {
  const config = join(folder, `${name}.keel.yaml`)
  writeFileSync(
    config,
    `apiVersion: keel/v1\nhostname: linked\nnetwork:\n  links:\n${links}kubernetes: {role: none}\n`,
  )
  const observation = join(folder, `${name}.json`)
  writeFileSync(observation, JSON.stringify({ v: 1, disks: [], network: { links: seen } }))
  return planned([config], { observation, ...(json && { json }) })
}

test('the plan for links makes what is missing, in an order that the kernel takes, and names what is not there', () => {
  const links = `    - {name: bond0.7, vlan: {id: 7, link: bond0}, addresses: [192.0.2.10/24], routes: [{gateway: 192.0.2.1}]}
    - name: bond0
      bond:
        mode: active-backup
        members: [{name: eth0}, {name: eth1}]
`
  const card = {
    index: 2,
    name: 'eth0',
    mac: '52:54:00:12:34:56',
    mtu: 1500,
    up: true,
    carrier: true,
    acceptRa: 0,
  }
  expect(plannedLinks('links', links, [card])).toEqual({
    code: 0,
    stdout: `  1  make-link           bond0  kind=bond mode=active-backup miiMonitorInterval=100ms
  2  bring-down          eth0
  3  join                eth0  of=bond0
  4  bring-up            eth0
  5  set-advertisements  bond0  accepted=false addresses=false
  6  bring-up            bond0
  7  make-link           bond0.7  kind=vlan link=bond0 id=7 protocol=802.1q
  8  set-advertisements  bond0.7  accepted=false addresses=false
  9  bring-up            bond0.7
 10  add-address         bond0.7  address=192.0.2.10/24
 11  add-route           bond0.7  destination=default gateway=192.0.2.1
     not here: interface eth1 (/links.keel.yaml:9); it joins when it appears
11 actions
`,
  })
})

test('the plan for a tunnel shows keys of peers and no others; what is there is left as it is', () => {
  const keyOf = (byte: number) => Buffer.alloc(32, byte).toString('base64')
  const links = `    - name: wg0
      wireguard:
        privateKey: ${keyOf(1)}
        listenPort: 51820
        peers:
          - {publicKey: ${keyOf(2)}, presharedKey: ${keyOf(9)}, endpoint: "[2001:db8::2]:51820", allowedIPs: [10.9.0.2/32, "fd00::/64"], persistentKeepalive: 25s}
          - {publicKey: ${keyOf(3)}, allowedIPs: [10.9.0.3/32]}
      addresses: [10.9.0.1/24, "fd00::1/64"]
    - {name: eth0, addresses: ["2001:db8::1/64"]}
`
  const card = { index: 2, name: 'eth0', mac: '52:54:00:12:34:56', mtu: 1500, up: true, carrier: true }
  const { stdout } = plannedLinks('tunnel', links, [card])
  expect(stdout.split('\n').slice(0, 5)).toEqual([
    '  1  make-link           wg0  kind=wireguard',
    '  2  set-key             wg0  generated=false',
    '  3  set-port            wg0  port=51820',
    `  4  add-peer            wg0  publicKey=${keyOf(2)} endpoint=[2001:db8::2]:51820 allowedIps=10.9.0.2/32,fd00::/64 persistentKeepalive=25s`,
    `  5  add-peer            wg0  publicKey=${keyOf(3)} allowedIps=10.9.0.3/32`,
  ])
  const network = (address: string, prefixLength: number) => ({ address, prefixLength })
  const tunnel = {
    publicKey: keyOf(4),
    listenPort: 51820,
    mark: 0,
    peers: [{ publicKey: keyOf(3), allowedIps: [network('10.9.0.3', 32)] }],
  }
  const there = {
    index: 3,
    name: 'wg0',
    kind: 'wireguard',
    mtu: 1420,
    up: true,
    carrier: true,
    wireguard: tunnel,
  }
  const second = plannedLinks('tunnel', links, [card, there]).stdout
  expect(second).toContain(`add-peer            wg0  publicKey=${keyOf(2)} `)
  expect(second).not.toMatch(/make-link|set-key|set-port/)
  expect(second).not.toContain(keyOf(3))
  const json = plannedLinks('tunnel', links, [card], true).stdout
  for (const secret of [keyOf(1), keyOf(9)]) expect(stdout + second + json).not.toContain(secret)
})

test('an interface without which the boot fails is named as such, and the exit code is 1', () => {
  const links = `    - {match: {mac: "52:54:00:00:00:09"}, dhcp4: true}
    - {name: br0, bridge: {members: [{name: eth7}]}, dhcp4: true}
`
  const { code, stdout } = plannedLinks('needed', links, [])
  expect(code).toBe(1)
  const after = 'the boot waits 10 s for it and fails\n'
  expect(stdout).toContain(
    `     not here: interface with MAC address 52:54:00:00:00:09 (/needed.keel.yaml:5); ${after}`,
  )
  expect(stdout).toContain(`     not here: interface eth7 (/needed.keel.yaml:6); ${after}`)
  expect(plannedLinks('needed', links, [], true).code).toBe(1)
})

test('a refusal names the line that asks for what is not there', () => {
  const { code, stdout } = planned([DEMO], { disk: [disk] })
  expect(code).toBe(1)
  expect(stdout).toContain(
    'refused: disk-not-found (disk with serial keel-disk) at /storage/disks/0/selector\n',
  )
  expect(stdout).toContain(`  ${DEMO}:20 asks for it\n`)
})

test('a plan that erases something says what, as text and as JSON', () => {
  const image = join(folder, 'used.raw')
  writeFileSync(image, '')
  truncateSync(image, 2 ** 32)
  spawnSync('sgdisk', ['--new=1:1M:+64M', '--change-name=1:vmail-dir', image])
  const config = join(folder, 'wipe.keel.yaml')
  const demo = readFileSync(DEMO, 'utf8').replace(/kubernetes:.*/s, 'kubernetes: {role: none}\n')
  writeFileSync(config, demo.replace(/(?=partitions:)/, 'wipe: true\n      '))
  const options = { disk: [`${image},serial=keel-disk`] }
  const erases = 'gpt with vmail-dir (empty, 64 MiB)'
  expect(planned([config], options).stdout).toContain(`wipe=true\n     erases ${erases}\n`)
  const { actions } = JSON.parse(planned([config], { ...options, json: true }).stdout)
  expect(actions[0]).toMatchObject({ action: 'write-table', wipe: true, erases })
})

test('no secret is in a plan or in a refusal', () => {
  const token = 'abcdef.0123456789abcdef'
  const config = join(folder, 'worker.keel.yaml')
  const hash = `sha256:${'0'.repeat(64)}`
  const demo = readFileSync(DEMO, 'utf8').replace(/kubernetes:.*/s, '')
  const role = `kubernetes: {role: worker, join: {endpoint: "a:6443", token: ${token}, caCertHashes: ["${hash}"]}}\n`
  const file = '    - {path: /var/lib/hello/key, mode: 0600, contents: {inline: hush-hush}}\n'
  writeFileSync(config, demo.replace(/(?<= {2}files:\n)/, file) + role)
  for (const image of [`${disk},serial=keel-disk`, disk]) {
    for (const form of [{}, { json: true } as const]) {
      const { stdout } = planned([config], { disk: [image], ...form })
      expect(stdout).not.toBe('')
      expect(stdout).not.toMatch(/abcdef|hush-hush/)
    }
  }
})

test('no part of a config is in the temporary folder while keel-init runs, so that Ctrl-C leaves nothing', () => {
  const empty = mkdtempSync(join(folder, 'temporary-'))
  const lister = join(folder, 'keel-init')
  writeFileSync(lister, '#!/bin/sh\necho "here: $(ls "$TMPDIR")." >&2\nexit 3\n', { mode: 0o755 })
  const argv = ['dist/keelctl', 'plan', DEMO, '--disk', disk, '--keel-init', lister]
  const { stderr, status } = spawnSync('node', argv, {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: empty },
  })
  expect({ stderr, status }).toMatchObject({ stderr: expect.stringContaining('here: .'), status: 3 })
})

test('a machine config is planned as it is', () => {
  const { code, stdout } = planned(['fixtures/machine/ok/a-node-in-ram.json'], { disk: [disk] })
  expect({ code, stdout }).toEqual({ code: 0, stdout: '0 actions\n' })
})

describe('the files of a disk that was used', () => {
  const CONFIG = `apiVersion: keel/v1
hostname: w1
storage:
  disks:
    - match: {serial: keel-disk}
      partitions: [{label: KEEL-STATE, size: 64MiB}, {label: KEEL-DATA, size: rest}]
  persist: [{path: /var/lib/app, partition: KEEL-DATA, mode: 0750}]
  directories: [{path: /var/lib/app/d, mode: 0700}]
  files:
    - {path: /var/lib/app/same, mode: 0644, contents: {inline: same}}
    - {path: /var/lib/app/there/through-links, mode: 0644, contents: {inline: same}}
    - {path: /etc/in-ram, mode: 0644, contents: {inline: "every boot"}}
  links: [{path: /var/lib/app/link, target: ${'long/'.repeat(20)}}]
kubernetes: {role: none}
`
  /** debugfs as a writer; what keel-init asks it for is the other half of what it can. */
  const APP = '/persist/var/lib/app'
  const USED = [
    ...[
      '/persist',
      '/persist/var',
      '/persist/var/lib',
      APP,
      `${APP}/d`,
      `${APP}/far`,
      '/persist/var/log',
    ].map(path => `mkdir ${path}`),
    `sif ${APP}/d mode 040700`,
    `sif ${APP} mode 040750`,
    `write SAME ${APP}/same`,
    `sif ${APP}/same mode 0100644`,
    `write SAME ${APP}/far/through-links`,
    `sif ${APP}/far/through-links mode 0100644`,
    // Out of the filesystem and back into it, by the node's own paths.
    `symlink ${APP}/there /var/lib/app/here`,
    `symlink ${APP}/here ../app/./far`,
    `symlink ${APP}/link ${'long/'.repeat(20)}`,
  ]
  let config = ''
  let asWanted = ''
  let count = 0

  beforeAll(() => {
    config = join(folder, 'used.keel.yaml')
    writeFileSync(config, CONFIG)
    writeFileSync(join(folder, 'same'), 'same')
    asWanted = join(folder, 'used.raw')
    writeFileSync(asWanted, '')
    truncateSync(asWanted, 256 * MIB)
    const [state, data] = [NAMES.stateType.name, NAMES.dataType.name]
    const first = ['--new=1:1M:+64M', '--change-name=1:KEEL-STATE', `--typecode=1:${state}`]
    const second = ['--new=2:65M:+64M', '--change-name=2:KEEL-DATA', `--typecode=2:${data}`]
    execFileSync('sgdisk', [...first, ...second, asWanted], quiet)
    for (const mib of [1, 65])
      execFileSync('mke2fs', ['-q', '-t', 'ext4', '-F', '-E', `offset=${mib * MIB}`, asWanted, '64M'], quiet)
    write(asWanted, USED)
  })

  const quiet: { stdio: ('pipe' | 'ignore')[] } = { stdio: ['pipe', 'ignore', 'ignore'] }

  /** Has debugfs carry out commands on KEEL-DATA. */
  function write(image: string, commands: string[]): void {
    const input = `${commands.join('\n')}\n`.replaceAll('SAME', join(folder, 'same'))
    execFileSync('debugfs', ['-w', '-f', '-', `${image}?offset=${65 * MIB}`], { ...quiet, input })
  }

  /** A disk on which all is as the config says, but for what these commands changed. */
  function used(...commands: string[]): string {
    const image = join(folder, `used-${count++}.raw`)
    execFileSync('cp', ['--sparse=always', asWanted, image])
    write(image, commands)
    return image
  }

  /** What is planned for it, one action a line. */
  function actionsFor(image: string): string[] {
    const { stdout } = planned([config], { disk: [`${image},serial=keel-disk`], json: true })
    const { actions, refusal } = JSON.parse(stdout)
    if (refusal) return [`${refusal.code} ${refusal.object} ${refusal.pointer}`]
    return actions.map((action: { action: string; object: string }) => `${action.action} ${action.object}`)
  }

  test('nothing is planned where all is as the config says', () => {
    expect(actionsFor(used())).toEqual([])
  })

  test.each<[string, string[], string[]]>([
    [
      'a file with other bytes',
      [`rm ${APP}/same`, `write /etc/hostname ${APP}/same`],
      ['write-file /var/lib/app/same'],
    ],
    ['another mode', [`sif ${APP}/d mode 040755`], ['set-owner-mode /var/lib/app/d']],
    ['another owner of a file', [`sif ${APP}/same uid 7`], ['set-owner-mode /var/lib/app/same']],
    [
      'a link to another place',
      [`rm ${APP}/link`, `symlink ${APP}/link short`],
      ['make-link /var/lib/app/link'],
    ],
    [
      'a lost directory',
      [`rm ${APP}/far/through-links`, `rmdir ${APP}/far`],
      ['make-directory /var/lib/app/there', 'write-file /var/lib/app/there/through-links'],
    ],
    [
      'a directory where a file must be',
      [`rm ${APP}/same`, `mkdir ${APP}/same`],
      ['path-occupied /var/lib/app/same /storage/files/1'],
    ],
    [
      'a file where a persistent directory must be',
      ['rmdir /persist/var/log', 'write SAME /persist/var/log'],
      ['path-occupied /keel/data/persist/var/log /storage/persist/1'],
    ],
  ])('%s is seen', (_, changes, actions) => {
    expect(actionsFor(used(...changes))).toEqual(actions)
  })

  test('a filesystem whose journal waits to be replayed is not guessed at', () => {
    const image = used('feature needs_recovery')
    expect(() => actionsFor(image)).toThrow(/KEEL-DATA.*was not unmounted/)
  })

  test('a disk that was enlarged has room that nobody uses, and the plan says so', () => {
    const image = used()
    const disk = `${image},serial=keel-disk`
    expect(planned([config], { disk: [disk] }).stdout).toMatch(
      /^WARNING 126 MiB after KEEL-DATA on \S+ are unused$/m,
    )
    const { unused } = JSON.parse(planned([config], { disk: [disk], json: true }).stdout)
    expect(unused).toEqual([
      { device: image.replace(folder, ''), partition: 'KEEL-DATA', bytes: 127 * MIB - 33 * 512 },
    ])
  })
})
