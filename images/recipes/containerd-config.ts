/** Holds the namespaces of every pod. */
export const PAUSE_IMAGE = 'keel.local/pause:1'

/**
 * What differs from containerd's own defaults. Version 4 is the form of 2.3; an older one is migrated with a warning.
 * Without `imports` containerd would read no drop-in: its default for them counts only where there is no file. The disabled plugins belong to file systems and tracing that a node does not have, and to a folder of a read-only root.
 */
export const CONTAINERD_CONFIG = `version = 4
imports = ['/etc/containerd/conf.d/*.toml']
disabled_plugins = [
  'io.containerd.differ.v1.erofs',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.tracing',
  'io.containerd.mount-handler.v1.erofs',
  'io.containerd.nri.v1.nri',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.erofs',
  'io.containerd.tracing.processor.v1.otlp',
  'io.containerd.ttrpc.v1.otelttrpc',
]

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${PAUSE_IMAGE}'

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '/etc/containerd/certs.d'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['/opt/cni/bin']
  conf_dir = '/etc/cni/net.d'
  use_internal_loopback = true
`
