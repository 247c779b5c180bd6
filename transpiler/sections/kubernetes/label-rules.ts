/** Kubernetes' rules for names and values of labels and taints, and which labels a kubelet may give its own node. */
import { DNS_NAME } from '../../rules/dns-name.ts'

const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/

/** Why a string is not the name of a label, as a phrase that follows a colon. */
export function labelNameProblem(text: string): string | undefined {
  const steps = text.split('/')
  if (steps.length > 2) return 'it has more than one slash'
  const [prefix, name = ''] = steps.length === 2 ? steps : [undefined, text]
  if (prefix !== undefined && (prefix.length > 253 || !DNS_NAME.test(prefix)))
    return 'what is before the slash must be a domain name in lower case'
  return partProblem(name)
}

export function labelValueProblem(text: string): string | undefined {
  return text === '' ? undefined : partProblem(text)
}

function partProblem(text: string): string | undefined {
  if (text === '') return 'it is empty'
  if (text.length > 63) return `it has ${text.length} characters instead of at most 63`
  if (/[^A-Za-z0-9_.-]/.test(text)) return 'only letters, digits, dashes, underscores and dots are allowed'
  return NAME.test(text) ? undefined : 'it must start and end with a letter or digit'
}

/** From Kubernetes: pkg/kubelet/apis/well_known_labels.go. */
const KUBELETS_LABELS: readonly string[] = [
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
]
const KUBELETS_PREFIXES: readonly string[] = ['kubelet.kubernetes.io', 'node.kubernetes.io']
const CLUSTERS_PREFIXES: readonly string[] = ['kubernetes.io', 'k8s.io']

/** With any other label of Kubernetes' own a kubelet does not start. */
export function mayKubeletSet(name: string): boolean {
  const [prefix = ''] = name.includes('/') ? name.split('/') : []
  const isWithin = (domains: readonly string[]) =>
    domains.some(domain => prefix === domain || prefix.endsWith(`.${domain}`))
  return !isWithin(CLUSTERS_PREFIXES) || isWithin(KUBELETS_PREFIXES) || KUBELETS_LABELS.includes(name)
}
