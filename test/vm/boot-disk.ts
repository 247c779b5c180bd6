/** Machines that start from a disk of their own, with images in the slots of its ESP. Only for machines that are off. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { buildImage, cacheFolder, type Kind, nodeEnvironment } from '../../images/index.ts'
import { UEFI } from '../../src/vm/qemu-firmware.ts'
import type { Vm } from '../../src/vm/vm.ts'
import { MIB, partitionsOf } from './disk.ts'
import { type BootOptions, boot, tempDir } from './vm.ts'

const FOLDER = '::/EFI/Linux'
const ESP_MIB = 256
/** Room for KEEL-STATE and KEEL-DATA behind the ESP; sparse. */
const DISK_MIB = ESP_MIB + 1024
const UUID = 'a1b2c3d4-1111-4222-8333-444455556667'

/** What an image differs in from the slim one. */
interface Differs {
  readonly recipe?: string
  readonly cmdline?: string
  readonly without?: readonly string[]
}

/** An image in a form that starts by itself; kept with the other images, in a folder of this name. */
export async function builtAs(
  kind: Kind & ('disk' | 'uki'),
  name: string,
  imageVersion: string,
  differs: Differs = {},
): Promise<string> {
  const outDir = `dist/image-slots-${name}`
  const { version: keelVersion } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const options = { recipe: 'slim', kind, outDir, locked: false, keelVersion, imageVersion, ...differs }
  const environment = nodeEnvironment(process.env, text => process.stderr.write(text), false)
  const places = { checkout: process.cwd(), cache: cacheFolder(process.env) }
  await buildImage({ ...options, espBytes: ESP_MIB * MIB }, places, environment)
  return join(outDir, kind === 'disk' ? 'disk.raw' : 'keel.efi')
}

/** A disk with a firmware that remembers. */
export interface BootDisk {
  readonly disk: string
  /** Names of the images on the ESP. */
  readonly names: () => string[]
  readonly put: (file: string, name: string) => void
  readonly rename: (from: string, to: string) => void
  readonly start: (options?: BootOptions) => Promise<Vm>
}

/** A machine with a copy of a disk image. */
export function bootDisk(image: string): BootDisk {
  const dir = tempDir()
  const [disk, vars] = [join(dir, 'disk.raw'), join(dir, 'vars.fd')]
  execFileSync('cp', ['--sparse=always', image, disk])
  truncateSync(disk, DISK_MIB * MIB)
  copyFileSync(UEFI.vars, vars)
  const esp = partitionsOf(disk).find(({ name }) => name === 'KEEL-ESP')
  const tool = (name: string, ...argv: string[]) =>
    execFileSync(name, ['-i', `${disk}@@${(esp?.start ?? 0) * 512}`, ...argv], { encoding: 'utf8' })
  return {
    disk,
    names: () =>
      tool('mdir', '-b', FOLDER)
        .trim()
        .split('\n')
        .map(path => path.slice(FOLDER.length + 1))
        .sort(),
    put: (file, name) => void tool('mcopy', '-o', file, `${FOLDER}/${name}`),
    rename: (from, to) => void tool('mren', `${FOLDER}/${from}`, `${FOLDER}/${to}`),
    start: options =>
      boot({
        disk,
        ...options,
        hardware: { uuid: UUID, starts: { from: 'disk', by: 'uefi', vars }, ...options?.hardware },
      }),
  }
}
