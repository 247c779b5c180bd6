/** An image of programs that pods bring, of storage drivers and CNI plugins for example: Debian's kmod and iproute2, and busybox. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ociArchiveOf } from '../../images/layout/oci.ts'
import { tempDir } from '../temp-dir.ts'

export const NODE_TOOLS = 'keel.local/node-tools:1'

/** Where each program lies in the image, and what it is on this machine: kmod goes by two of its names. */
const PROGRAMS = {
  kmod: [
    ['/bin/modinfo', '/bin/kmod'],
    ['/bin/modprobe', '/bin/kmod'],
  ],
  ip: [['/bin/ip', '/bin/ip']],
} as const

/** Writes an archive with a program and busybox, which is the entry point, into a folder, and returns its path. */
export function nodeTools(program: keyof typeof PROGRAMS, folder = tempDir()): string {
  const programs = PROGRAMS[program]
  const libraries =
    execFileSync('ldd', [programs[0][1]], { encoding: 'utf8' }).match(/(?<=\s)\/\S+\.so\S*/g) ?? []
  const files = [
    ...[...new Set(libraries)].map(path => [path, path] as const),
    ...programs,
    ['/bin/busybox', '/bin/busybox'] as const,
  ].map(([path, from]) => ({ name: path.slice(1), mode: 0o755, bytes: readFileSync(from) }))
  const archive = join(folder, 'node-tools.tar')
  writeFileSync(archive, ociArchiveOf(NODE_TOOLS, 'bin/busybox', files))
  return archive
}

/** An item of `staticPods`: a privileged pod of the image in the host's network, which runs a script. Its `/${name}` is that folder of the node. */
export const toolsPod = (script: string, name: string, path: string, type = 'Directory'): string =>
  JSON.stringify({
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'tools', namespace: 'default' },
      spec: {
        hostNetwork: true,
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'tools',
            image: NODE_TOOLS,
            imagePullPolicy: 'Never',
            securityContext: { privileged: true },
            args: ['sh', '-c', script],
            volumeMounts: [{ name, mountPath: `/${name}` }],
          },
        ],
        volumes: [{ name, hostPath: { path, type } }],
      },
    },
  })

/**
 * A fragment of a standalone node that runs a script of them: what the script writes to /out is in the node's /run/tools. The image is in the
 * config.
 */
export const scriptFragment = (script: string): string => `
apiVersion: keel/v1
storage:
  files:
    - {path: /var/lib/tools.tar, contents: {base64: ${readFileSync(nodeTools('ip')).toString('base64')}}}
kubernetes:
  role: standalone
  images: [/var/lib/tools.tar]
  staticPods: [${toolsPod(script, 'out', '/run/tools', 'DirectoryOrCreate')}]
`
