/** kubernetes.version: what can be wrong with it. */
import { KUBERNETES_VERSIONS } from '../../../schema/generated/kubernetes-versions.ts'
import { code, error, list, meant } from '../../diag/define.ts'

export const VERSION_CODES = {
  'kubernetes-version-unknown': error<{ version: string; better: string | undefined }>(
    a => `there is no image of Kubernetes ${code(a.version)}`,
    a =>
      [meant(a.better), `images have one of ${list(KUBERNETES_VERSIONS)}, or its minor`]
        .filter(Boolean)
        .join(' '),
    'keelctl image build makes images of these versions of Kubernetes, and knows the fields, flags and feature gates of their kubelets.',
  ),
} as const
