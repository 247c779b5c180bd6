import { expect, test } from 'vitest'
import { cpio } from '../../images/layout/cpio.ts'
import { moduleIndex, resolveModules } from '../../images/layout/modules.ts'
import { ociArchive } from '../../images/layout/oci.ts'
import { rootTree } from '../../images/layout/root.ts'
import { tar } from '../../images/layout/tar.ts'
import { cloud } from '../../images/recipes/cloud.ts'

test('a cpio record is a fixed header, the name and the bytes, each padded to four', () => {
  const text = Buffer.from(
    cpio([{ kind: 'file', path: '/init', mode: 0o755, bytes: Buffer.from('hello'), why: '' }]),
  ).toString()
  const zero = '00000000'
  const head = ['00000001', '000081ED', zero, zero, '00000001', zero, '00000005', zero, zero, zero, zero]
  expect(text.slice(0, 124)).toBe(`070701${head.join('')}00000005${zero}init\0\0hello\0\0\0`)
  expect(text).toContain('TRAILER!!!')
})

test('a device node carries its numbers and needs no privilege to pack', () => {
  const node = { kind: 'char', path: '/dev/console', mode: 0o600, major: 5, minor: 1, why: '' } as const
  const text = Buffer.from(cpio([node])).toString()
  expect(text.slice(14, 22)).toBe('00002180')
  expect(text.slice(6 + 9 * 8, 6 + 11 * 8)).toBe('0000000500000001')
})

test('a tar header has a checksum that tar accepts, and no time or owner', () => {
  const archive = Buffer.from(tar([{ name: 'a', mode: 0o755, bytes: Buffer.from('x') }]))
  const header = archive.subarray(0, 512)
  const blank = Buffer.from(header)
  blank.fill(' ', 148, 156)
  expect(Number.parseInt(header.toString('latin1', 148, 154), 8)).toBe(blank.reduce((a, b) => a + b, 0))
  expect(header.toString('latin1', 136, 147)).toBe('00000000000')
  expect(archive.length).toBe(512 + 512 + 1024)
})

test('an OCI archive is the same bytes for the same program', () => {
  const archive = (): string =>
    Buffer.from(ociArchive('keel.local/x:1', 'x', Buffer.from('program'))).toString('hex')
  expect(archive()).toBe(archive())
  expect(Buffer.from(archive(), 'hex').toString()).toContain('"io.containerd.image.name":"keel.local/x:1"')
})

const LISTS = {
  dep: `kernel/fs/erofs.ko.xz: kernel/lib/libcrc32c.ko.xz
kernel/lib/libcrc32c.ko.xz:
kernel/net/virtio-rng.ko.xz:
kernel/crypto/crc32c-intel.ko.xz:
`,
  alias: 'alias fs-erofs erofs\nalias virtio:d00000004v* virtio_rng\nalias crypto-crc32c crc32c_intel\n',
  softdep: 'softdep libcrc32c pre: crc32c-intel crc32c\n',
}

test('a module brings what it needs, soft dependencies that exist included, each after its own', () => {
  expect(resolveModules(LISTS, ['erofs']).map(({ name }) => name)).toEqual([
    'crc32c_intel',
    'libcrc32c',
    'erofs',
  ])
})

test('the index knows only the modules of the image, with underscores', () => {
  expect(moduleIndex(LISTS, resolveModules(LISTS, ['virtio_rng']))).toEqual({
    modules: { virtio_rng: { file: 'kernel/net/virtio-rng.ko.xz', deps: [] } },
    aliases: [['virtio:d00000004v*', 'virtio_rng']],
  })
})

test('a module that the kernel does not have is refused with the name of who wants it', () => {
  expect(() => resolveModules(LISTS, ['virtio_blk'])).toThrow(
    'the kernel has no module virtio_blk, which the recipe names',
  )
})

test('a file made of a folder has each of its files once, in the order of their names, however the folder lists them', () => {
  const texts: Record<string, string> = { 'f/b.crt': 'B\n', 'f/é.crt': 'E', 'f/a.crt': 'A\n' }
  const from = { step: 's', folder: 'f' }
  const files = [{ path: '/one', mode: 0o644, from, why: 'It is.' }]
  const tree = rootTree(
    { ...cloud({ keelVersion: '1', imageVersion: '1' }), files, modules: [], images: [] },
    {
      release: '6',
      lists: LISTS,
      file: (_, path) => Buffer.from(texts[path] ?? ''),
      files: step => (step === 's' ? ['b.crt', 'é.crt', 'a.crt'] : []),
    },
  )
  const one = tree.find(({ path }) => path === '/one')
  expect(one?.kind === 'file' && Buffer.from(one.bytes).toString()).toBe('A\nB\nE\n')
})
