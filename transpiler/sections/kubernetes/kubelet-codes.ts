/** kubernetes.kubelet: what can be wrong with the kubelet's configuration and its flags. */
import { code, error, meant, warning, write } from '../../diag/define.ts'

/** Kubernetes' words for how far a feature is. */
const STAGES: Readonly<Record<string, string>> = {
  ...{ ALPHA: 'alpha', BETA: 'beta', GA: 'generally available', DEPRECATED: 'deprecated' },
}

export const KUBELET_CODES = {
  'kubernetes-cluster-dns': error<{ address: string; why: string }>(
    a => `${code(a.address)} cannot be the DNS server of pods: ${a.why}`,
  ),
  'kubernetes-kubelet-arg': error<{ name: string; better: string | undefined }>(
    a => `${code(a.name)} is not the name of a flag`,
    a => write(a.better) ?? 'a flag is lower-case words joined by dashes',
  ),
  'kubernetes-kubelet-arg-space': error<{ name: string }>(
    a => `the value of ${code(a.name)} contains a space, a line break or a control character`,
    () =>
      'kubeadm passes flags on in one line, separated by spaces; kubelet.config can set most of what flags can',
  ),
  'kubernetes-kubelet-arg-owned': error<{ name: string; instead: string | undefined }>(
    a => `the flag ${code(a.name)} is set by Keel`,
    a => (a.instead === undefined ? 'init needs it to start and monitor the kubelet' : `use ${a.instead}`),
    'init, kubeadm and the kubelet communicate by what these flags set. Most of them have a key of their own in the node config.',
  ),
  'kubernetes-kubelet-arg-value': error<{
    name: string
    value: string
    why: string
    hint: string | undefined
  }>(
    a => `the flag ${code(a.name)} cannot be ${a.value === '' ? 'empty' : `\`${a.value}\``}: ${a.why}`,
    a => a.hint,
    'The kubelet exits at once when it cannot parse a flag, and ignores an address of node-ip that it cannot parse. The allowed values are generated from the kubelet that Keel ships.',
  ),
  'kubernetes-kubelet-fixed': error<{ field: string; instead: string | undefined }>(
    a => `the kubelet's ${code(a.field)} cannot be changed`,
    a => (a.instead === undefined ? 'init needs it to start and monitor the kubelet' : `use ${a.instead}`),
    'init executes the kubelet, waits for its health port and puts it into a control group of its own; with other values it would wait forever.',
  ),
  'kubernetes-kubelet-gate-locked': error<{ name: string; minor: string; stage: string; locked: boolean }>(
    a =>
      `the feature gate \`${a.name}\` is ${STAGES[a.stage] ?? a.stage} in Kubernetes ${a.minor} and locked to ${a.locked}`,
    () => 'remove it; the kubelet does not start with another value',
    'A feature that is generally available keeps its gate for a few versions, locked to its value. The kubelet does not start when its configuration sets another value.',
  ),
  'kubernetes-kubelet-gate-unknown': error<{
    name: string
    minor: string
    others: string | undefined
    nearest: string | undefined
  }>(
    a => `the kubelet of Kubernetes ${a.minor} has no feature gate ${code(a.name)}`,
    a =>
      a.others ??
      meant(a.nearest) ??
      'remove it; the kubelet does not start with a feature gate that it does not know',
    'Feature gates are removed a few versions after their feature is generally available. The kubelet does not start with one that it does not know.',
  ),
  'kubernetes-kubelet-key': error<{ of: string; key: string; hint: string | undefined }>(
    a => `\`${a.of}\` of the kubelet cannot have the key \`${a.key}\``,
    a => a.hint,
    'The allowed keys are generated from the kubelet that Keel ships; with another key it does not start.',
  ),
  'kubernetes-kubelet-null': warning<{ field: string; write: string }>(
    a => `\`${a.field}\` has no value, and there is none to remove`,
    a => `write ${a.write}, or remove the key`,
    'A key without a value is null, and in kubelet.config null removes a field that Keel, the cluster or an earlier file has set. Here none of them has set it.',
  ),
  'kubernetes-kubelet-parallel-pulls': error<{ pulls: number }>(
    a => `the kubelet does not pull ${a.pulls} images at a time while it pulls one after the other`,
    () => 'set kubelet.config.serializeImagePulls to false, too',
    'serializeImagePulls is true by default, and a kubelet whose maxParallelImagePulls contradicts it does not start.',
  ),
  'kubernetes-kubelet-parallel-pulls-of-cluster': warning<{ pulls: number }>(
    a =>
      `the kubelet only pulls ${a.pulls} images at a time if the configuration of the cluster has serializeImagePulls: false`,
    () => 'set kubelet.config.serializeImagePulls to false, too',
    'serializeImagePulls is true by default, and a kubelet whose maxParallelImagePulls contradicts it does not start. The configuration of a worker is merged over that of its cluster.',
  ),
  'kubernetes-kubelet-type': error<{
    field: string
    wanted: string
    found: string
    hint: string | undefined
  }>(
    a => `\`${a.field}\`: expected ${a.wanted}, found ${a.found}`,
    a => a.hint,
    'The kubelet exits at once when a field of its configuration has another type, so the machine never becomes a node. Types are generated from the KubeletConfiguration of the kubelet that Keel ships.',
  ),
  'kubernetes-kubelet-value': error<{ field: string; value: string; why: string; hint: string | undefined }>(
    a => `\`${a.field}\` cannot be ${a.value === '' ? 'empty' : `\`${a.value}\``}: ${a.why}`,
    a => a.hint,
    'The allowed values are generated from the kubelet that Keel ships; with another value it does not start.',
  ),
  'kubernetes-kubelet-unknown': warning<{
    kind: string
    name: string
    minor: string
    hint: string | undefined
  }>(
    a => `the kubelet of Kubernetes ${a.minor} has no ${a.kind} ${code(a.name)}`,
    a => a.hint,
    'The kubelet ignores a field that it does not know, and does not start with such a flag. It is only a warning, because without `kubernetes.version` the kubelet of your image may be of another minor.',
  ),
} as const
