/** keelctl render: the words of hypervisors and boot servers, read back by programs that share no code with Keel. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TARGETS } from '../../src/render/table.ts'
import type { Options } from '../../src/render/target.ts'
import { tempDir } from '../temp-dir.ts'

const MACHINE: Options = { disk: '/d/worker-1.qcow2', seed: '/d/worker-1.iso' }
const SERVER: Options = { interface: 'br0', dhcpRange: '10.0.0.50,10.0.0.99', tftpRoot: '/srv/tftp' }

const rendered = (target: string, options: Options): string => TARGETS[target]?.text(options) ?? ''

const run = (program: string, argv: readonly string[], input = ''): string =>
  execFileSync(program, argv, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })

function tempFile(name: string, text: string): string {
  const dir = tempDir()
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}

/** The distribution's, which has the libraries of virt-install. */
const PYTHON = '/usr/bin/python3'

/** Nothing but control characters is refused, so everything else must arrive. */
const NASTY = fc.sample(
  fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(...`,=\\"'<>&;#$\`{}() ~!*?[]|%:é漢`),
        fc.string({ unit: 'grapheme-ascii' }),
      ),
      maxLength: 20,
    })
    .filter(text => !/\p{Cc}/u.test(text)),
  { numRuns: 200, seed: 7 },
)
const disks = NASTY.map(text => `/d/${text}.raw`)
const machineWith = (disk: string): Options => ({ ...MACHINE, disk, events: `${disk}.jsonl`, network: disk })

/** What a shell makes of a command, word by word. */
const shellWords = (commands: readonly string[]): string[][] =>
  run(
    'sh',
    ['-s'],
    commands.map(one => `printf '%s\\0' ${one.replace(/^(?:.*\n)*?exec /, '')}printf '\\1'\n`).join(''),
  )
    .split('\x01')
    .slice(0, -1)
    .map(words => words.split('\0').slice(0, -1))

/** QEMU's rule: two commas are one, a single one ends the value. */
const qemuValues = (option: string): string[] =>
  (option.match(/(?:[^,]|,,)+/g) ?? []).map(part => part.replaceAll(',,', ','))

describe('whatever a path has in it arrives', () => {
  test('at QEMU, through a shell', () => {
    const words = shellWords(disks.map(disk => rendered('qemu', machineWith(disk))))
    expect(
      words.map(line =>
        qemuValues(line[line.findIndex(word => word.startsWith('if=none,id=disk0'))] ?? '').at(-1),
      ),
    ).toEqual(disks.map(disk => `file=${disk}`))
    expect(words.map(line => qemuValues(line.find(word => word.startsWith('file,')) ?? '')[1])).toEqual(
      disks.map(disk => `path=${disk}.jsonl`),
    )
  })

  test('at libvirt', () => {
    const all = `<all>${disks.map(disk => rendered('libvirt-xml', machineWith(disk))).join('')}</all>`
    const script = `
import json, sys, xml.etree.ElementTree as tree
print(json.dumps([[d.find('devices/disk/source').get('file'), d.find('devices/channel/source').get('path'),
  d.find('devices/interface/source').get('network')] for d in tree.fromstring(sys.stdin.read())]))`
    expect(JSON.parse(run(PYTHON, ['-c', script], all))).toEqual(
      disks.map(disk => [disk, `${disk}.jsonl`, disk]),
    )
  })

  test('at virt-install, through a shell', () => {
    const script = `
import json, sys
sys.path.insert(0, '/usr/share/virt-manager')
from virtinst.cli import parse_optstr_tuples
print(json.dumps([parse_optstr_tuples(one) for one in json.load(sys.stdin)]))`
    const words = shellWords(disks.map(disk => rendered('virt-install', machineWith(disk))))
    const options = words.map(line => line[line.indexOf('--disk') + 1])
    const read = JSON.parse(run(PYTHON, ['-c', script], JSON.stringify(options))) as [string, string][][]
    expect(read.map(([path]) => path)).toEqual(disks.map(disk => ['path', disk]))
    expect(read.every(pairs => pairs.length === 5)).toBe(true)
  })
})

describe('whatever a path has in it arrives at Vagrant', () => {
  // Vagrant is played by what notes every word; the libvirt provider pastes paths into XML as its template does.
  const script = `
require 'json'
require 'rexml/document'
class Note
  def initialize(calls) = @calls = calls
  def method_missing(name, *words, **named)
    @calls << [name, words, named]
    yield self if block_given?
    self
  end
  def respond_to_missing?(*) = true
end
module Vagrant
  def self.plugin(*) = Class.new { def self.name(*) = nil; def self.method_missing(*) = nil }
  def self.configure(_) = yield(Note.new($calls = []))
end
def pasted(text) = REXML::Document.new("<a b='#{text}'/>").root.attributes['b']
read = JSON.parse(STDIN.read).map do |text|
  Object.send(:remove_const, :Keel) if defined?(Keel)
  eval(text)
  of = ->(wanted) { $calls.find { |name,| name == wanted } }
  [pasted(of[:storage][2][:path]), pasted(of[:channel][2][:source_path]), of[:box=][1][0]]
end
print JSON.generate(read)`

  test('through Ruby and the XML of its provider', () => {
    const seeds = NASTY.map(text => `/d/${text}.iso`)
    const texts = seeds.map(seed =>
      rendered('vagrant', { seed, name: 'worker-1', events: `${seed}.jsonl`, box: seed }),
    )
    expect(JSON.parse(run('ruby', ['-W0', '-e', script], JSON.stringify(texts)))).toEqual(
      seeds.map(seed => [seed, `${seed}.jsonl`, seed]),
    )
  })

  test('and a seed that is not a CD-ROM is refused', () => {
    expect(() => rendered('vagrant', { seed: '/d/worker-1.img' })).toThrow('.iso')
  })
})

describe('what others check for themselves', () => {
  test.each([
    [
      'with everything',
      {
        ...MACHINE,
        disk: '/d/a & "b".raw',
        seed: '/d/s.img',
        events: '/d/e',
        accelerator: 'tcg',
        bridge: 'br0',
      },
    ],
    ['with the least', MACHINE],
  ] as const)('libvirt takes the domain %s', (_, options) => {
    const file = tempFile('domain.xml', rendered('libvirt-xml', options))
    execFileSync('virt-xml-validate', [file, 'domain'], { stdio: 'pipe' })
  })

  test.each([
    ['with everything', { ...SERVER, tftpRoot: '/srv/a #1, "b"\\', gateway: '10.0.0.1', dns: '10.0.0.2' }],
    ['with the least', SERVER],
  ])('dnsmasq takes the configuration %s', (_, options) => {
    const file = tempFile('dnsmasq.conf', rendered('dnsmasq', options))
    execFileSync('dnsmasq', ['--test', `--conf-file=${file}`], { stdio: 'pipe' })
  })
})

test('one name is one machine, another name another one', () => {
  const identity = (name: string) =>
    rendered('libvirt-xml', { ...MACHINE, name }).match(/<uuid>.*<|mac address='.*'/g)
  expect(identity('worker-1')).toEqual(identity('worker-1'))
  expect(rendered('libvirt-xml', MACHINE)).toBe(rendered('libvirt-xml', { ...MACHINE, name: 'worker-1' }))
  const [uuid, mac] = identity('worker-1') ?? []
  expect(uuid).toMatch(/<uuid>[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}</)
  expect(mac).toMatch(/52:54:00:/)
  expect(identity('worker-2')).not.toContain(uuid)
  expect(identity('worker-2')).not.toContain(mac)
})
