/** Images that a test makes of the workloads' sources, each with content of its own. */
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
 * An image of one of images/workloads. A process of it is called `program`, and no other image shares its layer, so that a node
 * has to fetch it.
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
    return readArchive(archive, dir)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** The one image in an OCI archive, which is unpacked into a folder. */
function readArchive(archive: string, dir: string): Image {
  execFileSync('tar', ['-xf', archive, '-C', dir])
  const [{ digest, mediaType }] = JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8')).manifests
  const blobs = join(dir, 'blobs/sha256')
  const all = readdirSync(blobs).map(name => readFileSync(join(blobs, name)))
  const manifest = all.find(bytes => digestOf(bytes) === digest)
  if (manifest === undefined) throw new Error(`${archive} has no manifest`)
  return { manifest, mediaType, blobs: all.filter(bytes => bytes !== manifest) }
}
