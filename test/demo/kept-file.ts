/** A file of the config that lies on a disk: its path on the node, and its path in the partition's filesystem. */
export type KeptFile = { path: string; partition: string; onDisk: string }

type Config = {
  storage: { persist: { path: string; partition: string }[]; files: { path: string }[] }
  kubernetes: { staticPods?: { pod: string }[] }
}

/** The first file of a machine config that lies below a persisted path. */
export function keptFile(machineConfig: string): KeptFile {
  const { storage } = JSON.parse(machineConfig) as Config
  for (const { path } of storage.files) {
    const persist = storage.persist.filter(other => path.startsWith(`${other.path}/`)).at(-1)
    if (persist) return { path, partition: persist.partition, onDisk: `/persist${path}` }
  }
  throw new Error('the demo config persists no file')
}

/** The paths that outlive a boot. */
export function persistOf(machineConfig: string): Config['storage']['persist'] {
  return (JSON.parse(machineConfig) as Config).storage.persist
}

/** Names of its static pods. */
export function podNames(machineConfig: string): string[] {
  const { kubernetes } = JSON.parse(machineConfig) as Config
  return (kubernetes.staticPods ?? []).map(
    ({ pod }) => (JSON.parse(pod) as { metadata: { name: string } }).metadata.name,
  )
}
