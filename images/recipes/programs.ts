import type { GoProgram } from '../steps/go.ts'

/** File systems, tracing and documentation that a node has no use for. Not `no_systemd`: with it containerd never says READY. */
const CONTAINERD_TAGS = [
  'no_btrfs',
  'no_zfs',
  'no_devmapper',
  'no_tracing',
  'urfave_cli_no_docs',
  'grpcnotrace',
]
const containerdStamp = (version: string): Record<string, string> => ({
  'github.com/containerd/containerd/v2/version.Version': version,
})

export const kubernetesStamp = (version: string): Record<string, string> => {
  const [major = '', minor = ''] = version.split('.')
  const fields = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
  }
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  return Object.fromEntries(
    packages.flatMap(name => Object.entries(fields).map(([field, value]) => [`${name}.${field}`, value])),
  )
}

const plugin = (kind: string, name: string, version: string): GoProgram => ({
  name,
  package: `github.com/containernetworking/plugins/plugins/${kind}/${name}`,
  tags: [],
  stamp: { 'github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion': `v${version}` },
})

/** The Go programs of a node, by component of the lock; each is built with the version that the lock pins. */
export const PROGRAMS: Readonly<Record<string, (version: string) => readonly GoProgram[]>> = {
  containerd: version => [
    { name: 'containerd', package: '.', tags: CONTAINERD_TAGS, stamp: containerdStamp(version) },
    {
      name: 'containerd-shim-runc-v2',
      package: 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
      // One runs per pod, so it is a program of its own and as small as can be.
      tags: [...CONTAINERD_TAGS, 'no_grpc'],
      stamp: containerdStamp(version),
    },
  ],
  runc: () => [
    {
      name: 'runc',
      package: 'github.com/opencontainers/runc',
      // The kubelet asks for the default seccomp profile for every sandbox.
      tags: ['seccomp', 'netgo', 'osusergo', 'urfave_cli_no_docs'],
      stamp: {},
      cgo: ['libseccomp.a', 'libc.a'],
    },
  ],
  cni: version => [
    plugin('main', 'bridge', version),
    plugin('ipam', 'host-local', version),
    plugin('meta', 'portmap', version),
  ],
  kubelet: version => [
    { name: 'kubelet', package: '.', tags: ['grpcnotrace'], stamp: kubernetesStamp(version) },
  ],
}
