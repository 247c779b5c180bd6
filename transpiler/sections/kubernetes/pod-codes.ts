/** kubernetes.staticPods: what can be wrong with a pod. */
import { choice, code, error, meant, warning } from '../../diag/define.ts'

/** A pod by its name, if it has one. */
const thePod = (name: string) => (name === '' ? 'a pod without a name' : `the pod ${code(name)}`)

export const POD_CODES = {
  'kubernetes-container-incomplete': error<{ pod: string; key: string }>(
    a => `a container of ${thePod(a.pod)} has no ${code(a.key)}`,
  ),
  'kubernetes-duplicate-container': error<{ pod: string; name: string }>(
    a => `${thePod(a.pod)} has two containers named ${code(a.name)}`,
  ),
  'kubernetes-duplicate-pod': error<{ name: string }>(a => `there is already a static pod ${code(a.name)}`),
  'kubernetes-not-a-pod': error<{ found: string }>(a => `a static pod must be a v1 Pod, not ${a.found}`),
  'kubernetes-pod-empty': error<{ name: string }>(a => `${thePod(a.name)} has no container`),
  'kubernetes-pod-file': error<{ name: string; problem: string }>(a => `${code(a.name)}: ${a.problem}`),
  'kubernetes-pod-name': error<{ name: string | undefined }>(
    a =>
      a.name === undefined ? 'the pod has no `metadata.name`' : `${code(a.name)} cannot be the name of a pod`,
    () =>
      'a name has lower-case letters, digits and dashes, and with its namespace at most 249 characters, for example hello',
  ),
  'kubernetes-pod-namespace': error<{ namespace: string }>(
    a => `${code(a.namespace)} cannot be the name of a namespace`,
    () => 'a namespace has lower-case letters, digits and dashes, at most 63, for example kube-system',
  ),
  'kubernetes-pod-part-name': error<{ of: 'container' | 'volume'; name: string }>(
    a => `${code(a.name)} cannot be the name of a ${a.of}`,
    () => 'a name has at most 63 lower-case letters, digits and dashes, for example web',
  ),
  'kubernetes-duplicate-volume': error<{ pod: string; name: string }>(
    a => `${thePod(a.pod)} has two volumes named ${code(a.name)}`,
  ),
  'kubernetes-volume-unknown': error<{ pod: string; name: string; nearest: string | undefined }>(
    a => `${thePod(a.pod)} has no volume ${code(a.name)} to mount`,
    a => meant(a.nearest) ?? 'add it to spec.volumes',
    'The kubelet refuses a static pod that mounts a volume which it does not have, and without an API server nothing reports that.',
  ),
  'kubernetes-pod-needs-api': error<{ pod: string; what: string; as: 'variable' | 'volume' | 'other' }>(
    a => `${thePod(a.pod)} is a static pod and cannot have ${a.what}, which needs an API server`,
    a =>
      ({
        variable: 'write the value itself',
        volume: 'use a hostPath volume with a file of this config',
        other: 'remove it',
      })[a.as],
    'A static pod comes from a file and not from an API server. The kubelet refuses one that refers to objects which only an API server holds.',
  ),
  'kubernetes-pod-host-port-differs': error<{ pod: string; port: number; containerPort: number }>(
    a =>
      `${thePod(a.pod)} has hostNetwork: true, so hostPort must be its containerPort ${a.containerPort}, not ${a.port}`,
    () => 'remove hostPort; with hostNetwork a container listens on ports of the node itself',
    'The kubelet refuses a static pod with hostNetwork: true in which hostPort is another number than containerPort.',
  ),
  'kubernetes-pod-host-port-taken': error<{
    pod: string
    port: number
    protocol: string
    /** Another pod, by its name. Absent: this pod. */
    by: string | undefined
  }>(
    a =>
      a.by === undefined
        ? `${thePod(a.pod)} asks for the host port ${a.port}/${a.protocol} twice`
        : `${thePod(a.pod)} asks for the host port ${a.port}/${a.protocol}, which ${thePod(a.by)} has`,
    () => 'choose another port',
    'The kubelet refuses a static pod that has a host port twice, and one whose host port another pod has: the same number and protocol, at the same hostIP, or at every address for one of them. With hostNetwork: true each containerPort is a host port.',
  ),
  'kubernetes-pod-key': error<{ of: string; key: string; hint: string | undefined }>(
    a => `${a.of} cannot have the key \`${a.key}\``,
    a => a.hint,
    'The kubelet refuses a static pod that asks for a resource which Kubernetes does not have. Resources of others, such as those of a device plugin, have a name with a slash.',
  ),
  'kubernetes-pod-missing-field': error<{ where: string; of: string; key: string }>(
    a => `${a.where}: ${a.of} needs the field \`${a.key}\``,
    undefined,
    'The kubelet refuses a static pod without it, and without an API server nothing reports that.',
  ),
  'kubernetes-pod-null': warning<{ where: string; write: string; isEntry: boolean }>(
    a => `${a.where} has no value; Kubernetes treats it as ${a.isEntry ? 'empty' : 'absent'}`,
    a => `write ${a.write}, or remove the key`,
    'A key without a value is null. Kubernetes treats null as an absent field, and for the value of a label, an annotation or a selector as the empty string.',
  ),
  'kubernetes-pod-type': error<{ where: string; wanted: string; found: string; hint: string | undefined }>(
    a => `${a.where}: expected ${a.wanted}, found ${a.found}`,
    a => a.hint,
    'The kubelet cannot read a static pod in which a value has another type, so the pod never starts. YAML reads 8080 and 1.5 as numbers and true as a boolean; in quotes they are strings. kubectl reads an older YAML, where yes, no, on and off are booleans too; here they are strings.',
  ),
  'kubernetes-pod-unknown-field': error<{
    where: string
    of: string
    minor: string
    hint: string | undefined
  }>(
    a => `${a.where} is not a field of ${a.of} in Kubernetes ${a.minor}`,
    a => a.hint,
    'The kubelet silently drops an unknown field and starts the pod without it, for example without a probe or a security setting. kubectl refuses such a pod, and so does Keel. Fields are generated from the kubelet that Keel ships.',
  ),
  'kubernetes-pod-value': error<{ where: string; value: string; why: string; hint: string | undefined }>(
    a => `${a.where} cannot be ${a.value === '' ? 'empty' : `\`${a.value}\``}: ${a.why}`,
    a => a.hint,
    'The kubelet refuses a static pod with a value that Kubernetes does not have there, so the pod never starts. Possible values are generated from the kubelet that Keel ships.',
  ),
  'kubernetes-pod-without-network': warning<{ name: string }>(
    a => `${thePod(a.name)} never starts unless something sets up a pod network`,
    () => 'set hostNetwork: true in the pod, or cni: {bridge: {}}',
    'With cni: none Keel brings no pod network, so only pods with hostNetwork start. That is right where something else (Flannel, Calico, a static pod of your own) puts its files into /etc/cni/net.d.',
  ),
  'kubernetes-static-pod-choice': error<{ given: readonly string[]; isPod: boolean }>(
    a => choice('static pod', a.given, ['local', 'pod']),
    a => (a.isPod ? 'indent the whole pod below the key pod' : 'give exactly one of them'),
  ),
} as const
