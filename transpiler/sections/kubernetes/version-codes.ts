/** kubernetes.version: what can be wrong with it. */
import { KUBERNETES_VERSIONS } from '../../../schema/generated/kubernetes-versions.ts'
import { code, error, list, meant, warning } from '../../diag/define.ts'

export const VERSION_CODES = {
  'kubernetes-version-ended': warning<{ minor: string; endOfLife: string }>(
    a => `Kubernetes ${a.minor} reached its end of life on ${a.endOfLife}, and gets no more fixes`,
    () => 'upgrade the cluster, then build an image of a newer version',
    'Upstream fixes a minor of Kubernetes for 14 months. Images of an older one can still be built, for clusters that have it.',
  ),
  'kubernetes-version-unknown': error<{ version: string; better: string | undefined }>(
    a => `there is no image of Kubernetes ${code(a.version)}`,
    a =>
      [meant(a.better), `images have one of ${list(KUBERNETES_VERSIONS)}, or one of their minors`]
        .filter(Boolean)
        .join(' '),
    'keelctl image build makes images of these versions of Kubernetes, and knows the fields, flags and feature gates of their kubelets.',
  ),
} as const
