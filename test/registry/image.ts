/** Images that a test makes: of the workloads, each with content of its own, and of files as they are. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ociArchive } from '../../images/layout/oci.ts'
import { workloadStep } from '../../images/steps/workload.ts'

/** What a registry keeps of an image: its manifest, and what that names. */
export interface Image {
  readonly manifest: Buffer
  readonly mediaType: string
  readonly blobs: readonly Buffer[]
}

export const digestOf = (bytes: Buffer): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/**
 * An image of one of images/workloads. A process of it is called `program`, and no other image shares its layer: a node has to
 * fetch it.
 */
export function workloadImage(workload: 'demo' | 'pause', program: string): Image {
  const dir = mkdtempSync(join(tmpdir(), 'keel-image-'))
  try {
    for (const { argv } of workloadStep(workload).commands) {
      const [compiler = '', ...rest] = argv.map(word => word.replace('{out}', dir))
      execFileSync(compiler, rest)
    }
    const archive = join(dir, 'image.tar')
    writeFileSync(archive, ociArchive(`${program}:1`, program, readFileSync(join(dir, workload))))
    execFileSync('tar', ['-xf', archive, '-C', dir])
    return imageIn(dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Files of a folder, and where they are in the image. */
export interface LayerPart {
  readonly folder: string
  /** Below the folder; absent: all of it. */
  readonly paths?: readonly string[]
  /** Absent: as in the folder. */
  readonly into?: string
}

/** How an image's containers start if their pod does not say it. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Env?: readonly string[]
  /** A name or a number, and perhaps `:` and a group. */
  readonly User?: string
}

/**
 * An image whose layers are files as they are, one layer for each item. Layers are not compressed: a registry on the same host
 * sends them sooner than an emulated node unpacks them.
 */
export function filesImage(layers: readonly (readonly LayerPart[])[], config: ImageConfig): Image {
  const blobs = layers.map(layerOf)
  const described = (type: string, bytes: Buffer) => ({
    mediaType: `${OCI}.${type}`,
    digest: digestOf(bytes),
    size: bytes.length,
  })
  const settings = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: blobs.map(digestOf) },
    }),
  )
  const mediaType = `${OCI}.manifest.v1+json`
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: described('config.v1+json', settings),
    layers: blobs.map(bytes => described('layer.v1.tar', bytes)),
  }
  return { manifest: Buffer.from(JSON.stringify(manifest)), mediaType, blobs: [...blobs, settings] }
}

const OCI = 'application/vnd.oci.image'
const LAYER_BYTES = 2 ** 30
const PLAIN = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu']

/** Without owners and times of this machine: the same files give the same bytes. */
function layerOf(parts: readonly LayerPart[]): Buffer {
  // Not the folder itself: its mode would become that of `/`.
  const tars = parts.map(({ folder, paths = readdirSync(folder).sort(), into }) => {
    // The flags: members, and not the targets of links.
    const moved = into === undefined ? [] : [`--transform=s,^,${into}/,rSH`]
    return execFileSync('tar', ['-c', ...PLAIN, ...moved, '-C', folder, ...paths], { maxBuffer: LAYER_BYTES })
  })
  return Buffer.concat([...tars.map(withoutEnd), END_OF_TAR])
}

const END_OF_TAR = Buffer.alloc(1024)

/** An archive ends with blocks of zeros, behind which nothing is read. */
function withoutEnd(tar: Buffer): Buffer {
  let end = tar.length
  while (end >= BLOCK && tar.subarray(end - BLOCK, end).every(byte => byte === 0)) end -= BLOCK
  return tar.subarray(0, end)
}

const BLOCK = 512

/** The one image of a layout (OCI image spec, "Image Layout"). */
function imageIn(layout: string): Image {
  const [{ digest, mediaType }] = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests
  const folder = join(layout, 'blobs/sha256')
  const all = readdirSync(folder).map(name => readFileSync(join(folder, name)))
  const manifest = all.find(bytes => digestOf(bytes) === digest)
  if (manifest === undefined) throw new Error(`${layout} has no manifest ${digest}`)
  return { manifest, mediaType, blobs: all.filter(bytes => bytes !== manifest) }
}
