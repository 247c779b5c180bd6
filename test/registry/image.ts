/** Images that a test makes of the workloads, each with content of its own. */
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

/** The one image of a layout (OCI image spec, "Image Layout"). */
function imageIn(layout: string): Image {
  const [{ digest, mediaType }] = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests
  const folder = join(layout, 'blobs/sha256')
  const all = readdirSync(folder).map(name => readFileSync(join(folder, name)))
  const manifest = all.find(bytes => digestOf(bytes) === digest)
  if (manifest === undefined) throw new Error(`${layout} has no manifest ${digest}`)
  return { manifest, mediaType, blobs: all.filter(bytes => bytes !== manifest) }
}
