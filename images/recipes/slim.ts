import type { Recipe } from '../recipe.ts'
import { cloud } from './cloud.ts'
import type { ImageName } from './os-release.ts'
import { WORKLOAD_MODULES } from './workload-modules.ts'

/**
 * `cloud` without what only Kubernetes and its pods need, for tests of everything else: the same kernel, drivers, keel-init and mke2fs in a root of
 * a tenth of the size, so that a machine starts sooner. It is not a product: a config with a kubelet fails at the first missing program.
 */
export const slim = ({ keelVersion, imageVersion }: ImageName): Recipe => {
  const base = cloud({ keelVersion, imageVersion })
  return {
    ...base,
    name: 'slim',
    programs: {},
    images: [],
    modules: base.modules.filter(row => !WORKLOAD_MODULES.includes(row)),
    files: [
      ...base.files.filter(({ path, from }) => !isOfKubernetes(base, from) && !ONLY_FOR_IT.includes(path)),
      {
        path: '/opt',
        mode: 0o755,
        from: { dir: true },
        why: 'init mounts an overlay here; the CNI programs below it are left out.',
      },
    ],
  }
}

/** Links and settings of programs that are not there. */
const ONLY_FOR_IT = [
  '/bin/ctr',
  '/bin/ip6tables',
  '/bin/iptables',
  '/bin/kubeadm',
  '/etc/containerd/config.toml',
  '/usr/libexec/kubernetes/kubelet-plugins/volume/exec',
]

const isOfKubernetes = ({ programs }: Recipe, from: Recipe['files'][number]['from']): boolean =>
  'step' in from && from.step in programs
