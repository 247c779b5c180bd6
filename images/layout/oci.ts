import { createHash } from 'node:crypto'
import { type TarFile, tar } from './tar.ts'

const OCI = 'application/vnd.oci.image'
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

interface Blob {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

/**
 * An OCI archive with one program in it, as `ctr images import` takes it: the annotation is the name it will have.
 * The layer is not compressed: it is a kilobyte, and the root around it is compressed anyway.
 */
export const ociArchive = (name: string, program: string, bytes: Uint8Array): Uint8Array =>
  ociArchiveOf(name, program, [{ name: program, mode: 0o755, bytes }])

/** The same with a layer of several files, one of which is the program. */
export function ociArchiveOf(name: string, program: string, content: readonly TarFile[]): Uint8Array {
  const files: TarFile[] = []
  const add = (mediaType: string, content: Uint8Array): Blob => {
    const digest = sha256(content)
    files.push({ name: `blobs/sha256/${digest}`, mode: 0o644, bytes: content })
    return { mediaType, digest: `sha256:${digest}`, size: content.length }
  }
  const layer = add(`${OCI}.layer.v1.tar`, tar(content))
  const config = add(
    `${OCI}.config.v1+json`,
    json({
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: [`/${program}`] },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    }),
  )
  const manifest = add(
    `${OCI}.manifest.v1+json`,
    json({ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers: [layer] }),
  )
  const annotations = {
    'io.containerd.image.name': name,
    'org.opencontainers.image.ref.name': name.split(':')[1],
  }
  const index = {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [{ ...manifest, annotations }],
  }
  return tar([
    { name: 'oci-layout', mode: 0o644, bytes: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', mode: 0o644, bytes: json(index) },
    ...files,
  ])
}
