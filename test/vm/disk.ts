import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk image as it looks from outside, read with tools that share no code with Keel. Only for machines that are off. */
export type Partition = { start: number; size: number; type: string; name: string }

export const MIB = 1024 * 1024

/** An empty, sparse disk image. */
export function emptyDisk(file: string, mib: number): string {
  const fd = openSync(file, 'w')
  ftruncateSync(fd, mib * MIB)
  closeSync(fd)
  return file
}

/** The partition table as sfdisk reads it, without what is random: the GUIDs of the disk and of its partitions. */
export function partitionsOf(disk: string): Partition[] {
  const table = JSON.parse(execFileSync('sfdisk', ['--json', disk], { encoding: 'utf8' })) as {
    partitiontable: { partitions?: Partition[] }
  }
  const partitions = table.partitiontable.partitions ?? []
  return partitions.map(({ start, size, type, name }) => ({ start, size, type: type.toLowerCase(), name }))
}

/** What sgdisk finds wrong with the table, both copies of it; empty when all is well. */
export function tableProblems(disk: string): string {
  const report = execFileSync('sgdisk', ['--verify', disk], { encoding: 'utf8' })
  return /No problems found/.test(report) ? '' : report
}

/** How the e2fsprogs name a filesystem inside a disk image. */
export function filesystemAt(disk: string, label: string): string {
  const partition = partitionsOf(disk).find(({ name }) => name === label)
  if (!partition) throw new Error(`${disk} has no partition ${label}`)
  return `${disk}?offset=${partition.start * 512}`
}

/** Puts an empty filesystem in the place of the one that is there, as `mkfs.ext4` does on another system. */
export function makeEmpty(disk: string, label: string): void {
  const partition = partitionsOf(disk).find(({ name }) => name === label)
  if (!partition) throw new Error(`${disk} has no partition ${label}`)
  const [offset, size] = [`offset=${partition.start * 512}`, `${partition.size / 2}k`]
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', label, '-E', offset, disk, size])
}

function superblock(filesystem: string): string {
  return execFileSync('dumpe2fs', ['-h', filesystem], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** Label of a filesystem. */
export function filesystemLabel(filesystem: string): string {
  return /^Filesystem volume name: +(.+)$/m.exec(superblock(filesystem))?.[1] ?? ''
}

/** `clean`, or what the superblock says instead. A journal that waits to be replayed is not clean. */
export function filesystemState(filesystem: string): string {
  const header = superblock(filesystem)
  const state = /^Filesystem state:\s*(.+)$/m.exec(header)?.[1] ?? 'unknown'
  return /needs_recovery/.test(header) ? `${state}, journal not replayed` : state
}

/** What e2fsck finds without writing: empty, or its report. */
export function filesystemProblems(filesystem: string): string {
  try {
    execFileSync('e2fsck', ['-f', '-n', filesystem], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

/** In the middle of the smallest filesystem that a test has, where nothing lies yet. */
const UNUSED_BLOCK = 60_000

/** Leaves so many blocks in the journal, as if the power had been cut: zeros for blocks that nobody uses. */
export function leaveJournal(filesystem: string, blocks: number): void {
  const commands = ['jo', `jw -b ${UNUSED_BLOCK}-${UNUSED_BLOCK + blocks - 1} /dev/zero`, 'jc']
  const input = `${commands.join('\n')}\n`
  execFileSync('debugfs', ['-w', '-f', '-', filesystem], { input, stdio: ['pipe', 'ignore', 'ignore'] })
}

/** Contents of one file. */
export function readFrom(filesystem: string, path: string): string {
  return debugfs(filesystem, [`cat ${path}`])
}

/** What a directory holds. */
export function namesIn(filesystem: string, path: string): string[] {
  const lines = debugfs(filesystem, [`ls -p "${path}"`]).matchAll(/^\/\d+\/\d+\/\d+\/\d+\/([^/]+)\//gm)
  return [...lines].map(([, name = '']) => name).filter(name => name !== '.' && name !== '..')
}

/** All that the filesystem knows of one file: number, mode, owner, size, times and blocks. */
export function inodeOf(filesystem: string, path: string): string {
  const argv = ['-R', `stat ${path}`, filesystem]
  const text = execFileSync('debugfs', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  // Reading a file changes its access time, and that is not a change of the file.
  return text.replace(/^.*atime:.*\n/m, '')
}

/** Text of a symbolic link that is short enough to lie in its inode: below 60 bytes. */
export function linkIn(filesystem: string, path: string): string {
  const [, target] = /^Fast link dest: "(.*)"$/m.exec(inodeOf(filesystem, path)) ?? []
  if (target === undefined) throw new Error(`${path} is not a short link in ${filesystem}`)
  return target
}

/** Takes one file away, as somebody with the disk in another machine would. */
export function removeFrom(filesystem: string, path: string): void {
  execFileSync('debugfs', ['-w', '-R', `rm ${path}`, filesystem], { stdio: 'ignore' })
}

/** Replaces one file, as somebody with the disk in another machine would. */
export function replaceIn(filesystem: string, path: string, localFile: string): void {
  const commands = `rm ${path}\nwrite ${localFile} ${path}\n`
  execFileSync('debugfs', ['-w', '-f', '-', filesystem], {
    input: commands,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}

/** Every path with its type, mode and owner, and a file's contents: `/a/b 100644 0:0 "text"`. */
export function treeOf(filesystem: string): string[] {
  const dump = mkdtempSync(join(tmpdir(), 'keel-tree-'))
  try {
    // All contents in one go; modes and owners are read below, because only root could keep them here.
    debugfs(filesystem, [`rdump / ${dump}`])
    return walk(filesystem, path => readFileSync(join(dump, path), 'utf8')).sort()
  } finally {
    rmSync(dump, { recursive: true, force: true })
  }
}

/** Level by level, one run of debugfs for each. */
function walk(filesystem: string, contentsOf: (path: string) => string): string[] {
  const lines: string[] = []
  let level = ['/']
  while (level.length > 0) {
    const found = listings(filesystem, level).flatMap((entries, i) =>
      entries.map(entry => ({ ...entry, path: join(level[i] ?? '', entry.name) })),
    )
    for (const { path, mode, owner } of found) {
      const contents = mode.startsWith('10') ? ` ${JSON.stringify(contentsOf(path))}` : ''
      lines.push(`${path} ${mode} ${owner}${contents}`)
    }
    level = found.filter(({ mode }) => mode.startsWith('04')).map(({ path }) => path)
  }
  return lines
}

type Entry = { mode: string; owner: string; name: string }

/** One `ls -p` per directory in one run of debugfs; its lines read `/inode/mode/uid/gid/name/size/`. */
function listings(filesystem: string, dirs: string[]): Entry[][] {
  const text = debugfs(
    filesystem,
    dirs.map(dir => `ls -p "${dir}"`),
  )
  return text
    .split(/^debugfs: ls -p .*$/m)
    .slice(1)
    .map(part => part.split('\n').flatMap(entryOf))
}

function entryOf(line: string): Entry[] {
  const [, inode, mode, uid, gid, name] = line.split('/')
  if (!name || inode === '0' || name === '.' || name === '..' || name === 'lost+found') return []
  return [{ mode: mode ?? '', owner: `${uid}:${gid}`, name }]
}

/** One command prints only its answer; several, read from a file, are each preceded by their own text. */
function debugfs(filesystem: string, commands: string[]): string {
  const isOne = commands.length === 1 && commands[0]?.startsWith('cat')
  const argv = isOne ? ['-R', commands[0] as string, filesystem] : ['-f', '-', filesystem]
  return execFileSync('debugfs', argv, {
    encoding: 'utf8',
    input: isOne ? undefined : `${commands.join('\n')}\n`,
    maxBuffer: 256 * MIB,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
}
