/** What a document is when it is not a node config. A wrong file is named, not taken apart. */
import type { ValueMap } from './value.ts'

/** Known by the first characters, before anything is parsed. */
const BEGINNINGS: readonly (readonly [RegExp, string])[] = [
  [/^#cloud-config\b/, 'a cloud-config'],
  [/^#!/, 'a script'],
  [/^## template:/, 'a cloud-config template'],
  [/^#(include|cloud-boothook|part-handler|upstart-job)\b/, 'cloud-init user data'],
  [/^(Content-Type|MIME-Version):/i, 'MIME user data'],
  [/^-----BEGIN /, 'a PEM file'],
]

const MACHINE_CONFIG = 'a machine config, which is what transpile emits'
/** Known by the keys of the root, unless it says that it is Keel's: then a key of another tool is a wrong key. The first row that fits wins. */
const ROOTS: readonly (readonly [(root: ValueMap) => boolean, string | ((root: ValueMap) => string)])[] = [
  [root => isMap(root['ignition']), 'an Ignition config'],
  [root => typeof root['variant'] === 'string' && 'version' in root, 'a Butane config'],
  [
    root => isMap(root['machine']) && ('cluster' in root || root['version'] === 'v1alpha1'),
    'a Talos machine config',
  ],
  [root => typeof root['kind'] === 'string' && typeof root['apiVersion'] === 'string', kubernetesObject],
  [
    root => ['runcmd', 'write_files', 'packages', 'ssh_authorized_keys'].some(key => key in root),
    'a cloud-config',
  ],
]

/** What the text is, or nothing when its beginning does not tell. */
export function foreignText(text: string): string | undefined {
  const start = text.startsWith('\uFEFF') ? text.slice(1, 200) : text.slice(0, 200)
  return BEGINNINGS.find(([beginning]) => beginning.test(start))?.[1]
}

/** What the document is, or nothing when it may be a node config. */
export function foreignRoot(root: ValueMap): string | undefined {
  if (isKeel(root['apiVersion'])) return root['kind'] === 'MachineConfig' ? MACHINE_CONFIG : undefined
  const what = ROOTS.find(([fits]) => fits(root))?.[1]
  return typeof what === 'function' ? what(root) : what
}

function kubernetesObject(root: ValueMap): string {
  return `a Kubernetes ${root['kind']} of ${root['apiVersion']}`
}

function isKeel(apiVersion: unknown): boolean {
  return typeof apiVersion === 'string' && apiVersion.startsWith('keel/')
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
