/** The built keelctl as people run it: exit codes, what goes to stdout and what to stderr. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KUBERNETES_VERSIONS } from '../../schema/generated/kubernetes-versions.ts'
import { COMMANDS } from '../../src/commands/table.ts'

const KEELCTL = resolve('dist/keelctl')
const GOOD = 'apiVersion: keel/v1\nhostname: node-1\n'
const BAD = 'apiVersion: keel/v1\nhostname: node-1\nkernal: {}\n'
const WARNED = `${GOOD}network: {links: [], nameservers: [192.0.2.1]}\n`

let folder = ''

beforeAll(() => {
  if (!existsSync(KEELCTL)) execFileSync('npm', ['run', 'build'])
  folder = mkdtempSync(join(tmpdir(), 'keel-cli-'))
  writeFileSync(join(folder, 'good.yaml'), GOOD)
  writeFileSync(join(folder, 'bad.yaml'), BAD)
  writeFileSync(join(folder, 'warned.yaml'), WARNED)
})
afterAll(() => rmSync(folder, { recursive: true }))

function keelctl(
  args: readonly string[],
  { input = '', env = {} }: { input?: string | Uint8Array; env?: Record<string, string> } = {},
) {
  const { status, stdout, stderr } = spawnSync('node', [KEELCTL, ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, KEEL_CACHE: join(folder, 'cache'), ...env },
  })
  return { status, stdout, stderr }
}

describe('render', () => {
  const machine = ['--disk', 'worker-1.qcow2', '--seed', 'worker-1.iso']

  test('writes what starts the machine to stdout, with paths that hold from anywhere', () => {
    const { status, stdout, stderr } = keelctl(['render', '--target', 'libvirt-xml', ...machine])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain(`<source file='${folder}/worker-1.qcow2'/>`)
  })

  test('with -o writes a file that a server can read', () => {
    const argv = ['--target', 'ipxe', '--url', 'http://10.0.0.1/keel', '-o', 'start.ipxe']
    expect(keelctl(['render', ...argv])).toEqual({ status: 0, stdout: '', stderr: '' })
    const file = join(folder, 'start.ipxe')
    expect(statSync(file).mode & 0o777).toBe(0o644)
    expect(readFileSync(file, 'utf8')).toContain('set base http://10.0.0.1/keel/\n')
  })

  test.each([
    ['no target', machine],
    ['a script that would replace the disk', ['--target', 'qemu', ...machine, '-o', 'worker-1.qcow2']],
    ['an unknown target', ['--target', 'qemuu', ...machine]],
    ['something missing', ['--target', 'qemu', '--disk', 'a.raw']],
    ['something that has no effect with it', ['--target', 'ipxe', '--url', 'http://10.0.0.1/', ...machine]],
    ['a disk of unknown format', ['--target', 'qemu', '--disk', 'a.vmdk', '--seed', 'a.iso']],
    ['a seed of unknown kind', ['--target', 'qemu', '--disk', 'a.raw', '--seed', 'a']],
    ['a seed that gives no name', ['--target', 'qemu', '--disk', 'a.raw', '--seed', 'the seed.iso']],
    ['a network and a bridge', ['--target', 'virt-install', ...machine, '--network', 'a', '--bridge', 'b']],
    ['a control character', ['--target', 'qemu', ...machine, '--events', 'a\nb']],
    ['the address of a group', ['--target', 'qemu', ...machine, '--mac', '53:54:00:00:00:01']],
    ['an address that is not a folder', ['--target', 'ipxe', '--url', 'http://10.0.0.1/?a']],
  ])('with %s is a wrong command line', (_, argv) => {
    expect(keelctl(['render', ...argv])).toMatchObject({ status: 2, stdout: '' })
  })
})

describe('transpile', () => {
  test('writes the machine config to stdout and nothing to stderr', () => {
    const { status, stdout, stderr } = keelctl(['transpile', 'good.yaml'])
    expect({ status, stderr, hostname: JSON.parse(stdout).hostname.name }).toEqual({
      status: 0,
      stderr: '',
      hostname: 'node-1',
    })
  })

  test('reads standard input for -, and without a file from a pipe', () => {
    const fromFile = keelctl(['transpile', 'good.yaml']).stdout
    expect(keelctl(['transpile', '-'], { input: GOOD }).stdout).toBe(fromFile)
    expect(keelctl(['transpile'], { input: GOOD }).stdout).toBe(fromFile)
  })

  test('of a wrong config writes nothing to stdout and its problems to stderr', () => {
    expect(keelctl(['transpile', 'bad.yaml'])).toMatchInlineSnapshot(`
      {
        "status": 1,
        "stderr": "bad.yaml:3:1: error[schema-unknown-key] at $.kernal
        there is no key \`kernal\` here
        3 | kernal: {}
          | ^^^^^^
        hint: did you mean \`kernel\`?

      1 error
      ",
        "stdout": "",
      }
    `)
  })

  test('with -o writes a whole file that only its owner can read', () => {
    const out = join(folder, 'out.json')
    writeFileSync(out, 'old')
    chmodSync(out, 0o644)
    expect(keelctl(['transpile', 'good.yaml', '-o', 'out.json'])).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    })
    expect(readFileSync(out, 'utf8')).toBe(keelctl(['transpile', 'good.yaml']).stdout)
    expect(statSync(out).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).filter(name => name.endsWith('.part'))).toEqual([])
  })

  test('of a wrong config leaves the old file as it is', () => {
    writeFileSync(join(folder, 'kept.json'), 'old')
    expect(keelctl(['transpile', 'bad.yaml', '-o', 'kept.json']).status).toBe(1)
    expect(readFileSync(join(folder, 'kept.json'), 'utf8')).toBe('old')
  })

  test('never overwrites its input', () => {
    expect(keelctl(['transpile', 'good.yaml', '-o', './good.yaml'])).toMatchInlineSnapshot(`
      {
        "status": 2,
        "stderr": "keelctl: ./good.yaml would overwrite an input
      ",
        "stdout": "",
      }
    `)
  })

  test('with warnings writes its output, and with --strict does not', () => {
    const lax = keelctl(['transpile', 'warned.yaml'])
    expect([lax.status, JSON.parse(lax.stdout).hostname.name]).toEqual([0, 'node-1'])
    const strict = keelctl(['transpile', 'warned.yaml', '--strict'])
    expect([strict.status, strict.stdout]).toEqual([1, ''])
    expect(strict.stderr).toBe(lax.stderr)
  })

  test('joins fragments in the order in which they are named', () => {
    writeFileSync(join(folder, 'name.yaml'), 'hostname: node-2\n')
    expect(JSON.parse(keelctl(['transpile', 'good.yaml', 'name.yaml']).stdout).hostname.name).toBe('node-2')
    expect(JSON.parse(keelctl(['transpile', 'name.yaml', 'good.yaml']).stdout).hostname.name).toBe('node-1')
  })

  test('a map leads from a pointer of the machine config to a line', () => {
    expect(keelctl(['transpile', 'warned.yaml', '--map', 'map.json', '-o', 'mapped.json']).status).toBe(0)
    expect(keelctl(['explain', '--map', 'map.json', '/network/nameservers/0'])).toEqual({
      status: 0,
      stdout: 'warned.yaml:3: $.network.nameservers[0]\n',
      stderr: '',
    })
    expect(keelctl(['explain', '--map', 'map.json', '/hostname']).stdout).toBe('warned.yaml:2: $.hostname\n')
    expect(keelctl(['explain', '--map', 'good.yaml', '/hostname']).status).toBe(3)
  })

  test('a secret is in the machine config and nowhere else', () => {
    const token = 'abcdef.0123456789abcdef'
    const how = `{endpoint: "a:6443", token: ${token}, caCertHashes: ["sha256:${'0'.repeat(64)}"]}`
    writeFileSync(join(folder, 'worker.yaml'), `${GOOD}kubernetes: {role: worker, join: ${how}}\n`)
    const piped = keelctl(['transpile', 'worker.yaml', '--map', 'worker.map'])
    expect([piped.status, JSON.parse(piped.stdout).kubernetes.discovery.token]).toEqual([0, token])
    const output = [
      piped.stderr,
      readFileSync(join(folder, 'worker.map'), 'utf8'),
      keelctl(['explain', '--map', 'worker.map', '/kubernetes/discovery/token']).stdout,
      keelctl(['explain', 'kubernetes.join.token']).stdout,
      ...['pretty', 'json', 'github', 'sarif'].map(
        format => keelctl(['check', '--format', format, 'worker.yaml']).stdout,
      ),
    ]
    for (const text of output) expect(text).not.toBe('')
    expect(output.join('\n')).not.toContain(token)
  })

  test('a secret is written to no terminal', () => {
    const secret = `${GOOD}storage: {files: [{path: /etc/a, mode: 0600, contents: {inline: hush-hush}}]}\n`
    writeFileSync(join(folder, 'hush.yaml'), secret)
    // script runs a command on a terminal of its own and ends as the command does.
    const onTerminal = (words: string) =>
      spawnSync('script', ['-qec', `node ${KEELCTL} transpile hush.yaml ${words}`, '/dev/null'], {
        cwd: folder,
        encoding: 'utf8',
        input: '',
      })
    const refused = onTerminal('')
    expect([refused.status, refused.stdout.includes('holds a secret (/storage/files/0/contents)')]).toEqual([
      2,
      true,
    ])
    expect(refused.stdout).not.toContain('hush-hush')
    expect(onTerminal('-o hush.json')).toMatchObject({ status: 0, stdout: '' })
    expect(onTerminal('-o -').stdout).toContain('hush-hush')
  })

  test('reads files next to the config, and no link that leads away', () => {
    mkdirSync(join(folder, 'nodes'))
    writeFileSync(join(folder, 'nodes', 'motd'), 'hi\n')
    execFileSync('ln', ['-s', '../good.yaml', join(folder, 'nodes', 'away')])
    const config = (name: string) =>
      `${GOOD}storage: {files: [{path: /etc/motd, contents: {local: ${name}}}]}\n`
    writeFileSync(join(folder, 'nodes', 'a.yaml'), config('motd'))
    writeFileSync(join(folder, 'nodes', 'b.yaml'), config('away'))
    expect(JSON.parse(keelctl(['transpile', 'nodes/a.yaml']).stdout).storage.files[0].contents.text).toBe(
      'hi\n',
    )
    const away = keelctl(['transpile', 'nodes/b.yaml'])
    expect([away.status, away.stderr.includes('a link out of the folder')]).toEqual([1, true])
  })
})

describe('external', () => {
  const ask = (query: object) => keelctl(['external'], { input: JSON.stringify(query) })

  test('answers with the document that transpile writes, and says nothing else', () => {
    const { status, stdout, stderr } = ask({ path: 'good.yaml' })
    expect({ status, stderr, rendered: JSON.parse(stdout).rendered }).toEqual({
      status: 0,
      stderr: '',
      rendered: keelctl(['transpile', 'good.yaml']).stdout,
    })
  })

  test('fails with one line first, without colour and without data', () => {
    const input = JSON.stringify({ path: 'bad.yaml' })
    const { status, stdout, stderr } = keelctl(['external'], { input, env: { FORCE_COLOR: '1' } })
    expect({ status, stdout, first: stderr.split('\n')[0] }).toEqual({
      status: 1,
      stdout: '',
      first: 'keelctl: 1 error: bad.yaml:3:1 schema-unknown-key: there is no key `kernal` here',
    })
    expect(stderr).not.toContain('\u001b')
  })

  test.each([
    [{ path: 'good.yaml', strct: 'true' }, 2, 'did you mean strict?'],
    [{ path: 'none.yaml' }, 3, 'cannot read none.yaml'],
  ])('tells its own trouble from that of the config: %j', (query, code, message) => {
    const { status, stdout, stderr } = ask(query)
    expect({ status, stdout, stderr }).toEqual({
      status: code,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`^keelctl: .*${message.replace('?', '\\?')}`)),
    })
  })
})

describe('check', () => {
  test('says nothing about a good config', () => {
    expect(keelctl(['check', 'good.yaml'])).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('reads what is not ASCII as the transpiler does, though the bundle is read byte by byte', () => {
    const kubelet = 'config: {nodeStatusUpdateFrequency: 10000000µs}'
    writeFileSync(
      join(folder, 'micro.yaml'),
      `${GOOD}kubernetes: {role: standalone, cni: none, kubelet: {${kubelet}}}\n`,
    )
    expect(keelctl(['check', 'micro.yaml'])).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('reports every file on stdout, each for itself', () => {
    expect(keelctl(['check', 'bad.yaml', 'good.yaml', 'warned.yaml'])).toMatchInlineSnapshot(`
      {
        "status": 1,
        "stderr": "",
        "stdout": "bad.yaml:3:1: error[schema-unknown-key] at $.kernal
        there is no key \`kernal\` here
        3 | kernal: {}
          | ^^^^^^
        hint: did you mean \`kernel\`?

      warned.yaml:3:36: warning[network-nameserver-unreachable] at $.network.nameservers[0]
        the name server \`192.0.2.1\` may be unreachable: this node has no route to it
        3 | network: {links: [], nameservers: [192.0.2.1]}
          |                                    ^^^^^^^^^
        hint: add a route to it, or an interface in its network

      1 error, 1 warning
      ",
      }
    `)
  })

  test('with --join takes the files for fragments of one config', () => {
    writeFileSync(join(folder, 'part.yaml'), 'onFailure: reboot\n')
    expect(keelctl(['check', 'part.yaml'])).toMatchObject({ status: 1, stderr: '' })
    expect(keelctl(['check', 'good.yaml', 'part.yaml'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('--join'),
    })
    expect(keelctl(['check', '--join', 'good.yaml', 'part.yaml']).status).toBe(0)
  })

  test('speaks JSON, GitHub and SARIF', () => {
    const json = JSON.parse(keelctl(['check', '--format', 'json', 'bad.yaml']).stdout)
    expect(json).toMatchObject({
      formatVersion: 1,
      summary: { errors: 1, warnings: 0 },
      diagnostics: [
        {
          code: 'schema-unknown-key',
          pointer: '/kernal',
          file: 'bad.yaml',
          line: 3,
          col: 1,
          endLine: 3,
          endCol: 7,
        },
      ],
    })
    expect(keelctl(['check', '--format', 'github', 'bad.yaml']).stdout).toMatchInlineSnapshot(`
      "::error file=bad.yaml,line=3,col=1,endLine=3,endColumn=7,title=schema-unknown-key::there is no key \`kernal\` here%0Adid you mean \`kernel\`?
      "
    `)
    const sarif = JSON.parse(keelctl(['check', '--format', 'sarif', 'bad.yaml']).stdout)
    expect(sarif.runs[0].results[0]).toMatchObject({ ruleId: 'schema-unknown-key', level: 'error' })
    expect(JSON.parse(keelctl(['check', '--format', 'json', 'good.yaml']).stdout).diagnostics).toEqual([])
  })

  test('has color when asked, and none for a pipe, with NO_COLOR or by itself', () => {
    const hasColor = (args: string[], env = {}) =>
      keelctl(['check', ...args, 'bad.yaml'], { env }).stdout.includes('\u001b[')
    expect([
      hasColor([]),
      hasColor(['--color', 'always']),
      hasColor(['--color', 'always'], { NO_COLOR: '1' }),
      hasColor(['--color', 'never']),
    ]).toEqual([false, true, true, false])
  })
})

describe('usage and the environment', () => {
  test.each([
    ['a misspelled command', ['chek', 'good.yaml'], 2, '(Did you mean check?)'],
    ['a misspelled option', ['check', '--strct'], 2, '(Did you mean --strict?)'],
    ['a misspelled choice', ['check', '--format', 'jsn', 'good.yaml'], 2, 'Did you mean json?'],
    ['a misspelled schema', ['schema', 'machin'], 2, 'Did you mean machine?'],
    ['a misspelled code', ['explain', 'storage-mod'], 2, 'did you mean storage-mode?'],
    ['a misspelled place', ['explain', 'storage.disk'], 2, 'did you mean disks?'],
    ['a file that is not there', ['check', 'nowhere.yaml'], 3, 'cannot read nowhere.yaml: no such file'],
    ['a folder', ['check', '.'], 3, 'cannot read .: it is a directory'],
    ['a file twice', ['check', 'good.yaml', 'good.yaml'], 2, 'good.yaml is named twice'],
    [
      'an output that cannot be written',
      ['transpile', 'good.yaml', '-o', 'nowhere/out.json'],
      3,
      'cannot write nowhere/out.json: its folder does not exist',
    ],
    [
      'an output below a file',
      ['transpile', 'good.yaml', '-o', 'good.yaml/out.json'],
      3,
      'cannot write good.yaml/out.json: a part of the path is not a directory',
    ],
    ['a file without a name', ['check', ''], 2, 'the name of a file to read is empty'],
    [
      'a seed with a name that its config does not take',
      ['seed', 'good.yaml', '-o', 's.iso', '--hostname', 'node-2'],
      2,
      '--hostname node-2 has no effect: the config says hostname: node-1',
    ],
    [
      'a version of Kubernetes that no image has',
      ['image', 'build', '--kubernetes', '1.33'],
      2,
      `it must be one of ${KUBERNETES_VERSIONS.join(', ')}, or one of their minors`,
    ],
    ['a version without a minor', ['image', 'build', '--kubernetes', '1'], 2, 'it must be one of'],
    ['a seed over its config', ['seed', 'good.yaml', '-o', 'good.yaml', '--as', 'iso'], 2, 'would overwrite'],
    [
      'a program that is not keel-init',
      ['plan', 'good.yaml', '--keel-init', '/bin/true'],
      3,
      'is it keel-init?',
    ],
    [
      'a keel-init that is not there',
      ['plan', 'good.yaml', '--keel-init', './nowhere'],
      3,
      'there is no keel-init at ./nowhere',
    ],
  ])('%s', (_, args, code, words) => {
    const { status, stdout, stderr } = keelctl(args)
    expect({ status, stdout, stderr }).toEqual({
      status: code,
      stdout: '',
      stderr: expect.stringContaining(words),
    })
  })

  test('--help has its examples first, for keelctl and for each command', () => {
    const commands = [[], ...COMMANDS.map(({ name }) => name.split(' '))]
    for (const command of commands) {
      const { status, stdout, stderr } = keelctl([...command, '--help'])
      expect({ command, status, stderr, start: stdout.slice(0, 7) }).toEqual({
        command,
        status: 0,
        stderr: '',
        start: 'Example',
      })
    }
  })

  test('help of a command is its --help', () => {
    expect(keelctl(['help', 'image', 'build'])).toEqual(keelctl(['image', 'build', '--help']))
  })

  test.each([
    ['check', 'bad.yaml'],
    ['schema', 'node'],
  ])('%s into a full disk is a failure of the environment', (...words) => {
    const stdout = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync('node', [KEELCTL, ...words], {
      cwd: folder,
      stdio: ['ignore', stdout, 'pipe'],
      encoding: 'utf8',
    })
    closeSync(stdout)
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: 'keelctl: cannot write the output: no space left on the device\n',
    })
  })

  test('--version is the version of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(keelctl(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('a reader that goes away ends the run quietly', async () => {
    const child = spawn('node', [KEELCTL, 'schema', 'machine'], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let output = ''
    child.stderr.on('data', data => {
      output += data
    })
    const code = await new Promise(done => child.on('close', done))
    expect({ code, output }).toEqual({ code: 0, output: '' })
  })
})

describe('what else there is', () => {
  test.each(['node', 'fragment', 'machine', 'event'])('schema prints the %s schema', name => {
    expect(JSON.parse(keelctl(['schema', name]).stdout)).toEqual(
      JSON.parse(readFileSync(`schema/${name}/v1.json`, 'utf8')),
    )
  })

  test('explain knows codes of keelctl, errors of init and places of the node config', () => {
    expect(keelctl(['explain', 'storage-mode']).stdout).toMatchInlineSnapshot(`
      "storage-mode: an error of keelctl
        In YAML 0644 and 644 are two numbers, and tools disagree about what the first one is. Keel reads the mode as written: it must be octal and start with a zero.
        message: the mode \`<mode>\` is not octal with a leading zero
        hint: write \`<typed>\` if these are octal digits, \`<converted>\` if a tool converted it to decimal
      "
    `)
    expect(keelctl(['explain', 'disk-ambiguous']).stdout).toMatchInlineSnapshot(`
      "disk-ambiguous: an error of keel-init while a node boots
        More than one disk matches a selector.
        what to do: add facts to the selector (serial is best) until one disk matches
      "
    `)
    expect(keelctl(['explain', 'storage.disks.match']).stdout).toMatchInlineSnapshot(`
      "storage.disks.match: map
        Properties of the disk. All of them must match, and exactly one disk of the machine may match.

        keys:
          serial     Serial number as the disk reports it.
          wwid       World wide identifier as sysfs reports it, in lower case.
          model      Model as the disk reports it, without spaces at the ends.
          transport  How the disk is attached. Words: virtio, nvme, sata, scsi, usb, mmc.
          bootDisk   true: the disk that the machine was started from, which has a disk image of Keel; the node's partitions come after those of the image. false: any other disk.
          minSize    Size with a unit.
          maxSize    Size with a unit.
      "
    `)
  })

  test('every code and every error of init has a page', () => {
    const topics = keelctl(['explain', '--list'])
      .stdout.split('\n')
      .filter(line => /^[a-z][a-z0-9-]*$/.test(line))
    expect(topics.length).toBeGreaterThan(120)
    expect(keelctl(['explain', topics.at(-1) ?? '']).status).toBe(0)
  })

  test.each(['bash', 'zsh', 'fish'])(
    'completions for %s name every command and are accepted by it',
    shell => {
      const { status, stdout } = keelctl(['completion', shell])
      expect(status).toBe(0)
      for (const word of ['transpile', 'check', 'explain', 'strict']) expect(stdout).toContain(word)
      if (shell === 'bash') execFileSync('bash', ['-n'], { input: stdout })
    },
  )
})

test('what every run loads has neither what builds images nor what starts machines', () => {
  const inFile = (name: string) => {
    const text = readFileSync(`dist/${name}.cjs`, 'latin1')
    return ['mksquashfs', 'qemu-system'].filter(word => text.includes(word))
  }
  expect(inFile('keelctl')).toEqual([])
  expect(inFile('image-build')).toEqual(['mksquashfs'])
  expect(inFile('vm-run')).toEqual(['qemu-system'])
})

describe('the code cache', () => {
  // The build leaves a cache for transpile and check; schema has only the user's.
  const schema = (env = {}) => keelctl(['schema', 'event'], { env })
  const cacheFile = () => {
    const at = join(folder, 'cache', 'code')
    return join(at, readdirSync(at).find(name => name.endsWith('-schema')) ?? '')
  }

  test('is made by the first run, and a damaged one is made again', () => {
    rmSync(join(folder, 'cache'), { recursive: true, force: true })
    const first = schema()
    const made = readFileSync(cacheFile())
    writeFileSync(cacheFile(), made.subarray(0, 100))
    expect(schema()).toEqual(first)
    expect(readFileSync(cacheFile()).length).toBeGreaterThan(100)
  })

  test('is not run when others could have written it', () => {
    const first = schema()
    chmodSync(cacheFile(), 0o666)
    expect(schema()).toEqual(first)
    expect(statSync(cacheFile()).mode & 0o022).toBe(0)
  })

  test('that cannot be written changes nothing', () => {
    for (const home of ['/proc/nowhere', join(folder, 'good.yaml')]) {
      expect(schema({ KEEL_CACHE: home })).toEqual(schema())
    }
  })
})
