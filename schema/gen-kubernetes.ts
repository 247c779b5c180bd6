/**
 * The kubelets of images -> schema/kubernetes/v1.json: what the default one takes, and of each other minor how it differs, as a JSON merge
 * patch. Needs Go, and compiles each kubelet's packages.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { mergeDifference } from './merge-difference.ts'

/** A kubelet of the lock, as far as it is needed here. */
interface KubeletRow {
  readonly name: string
  readonly origin: { readonly modfile?: string }
}

/** What images/go/kubelet/values prints. */
interface Values {
  readonly $comment: string
  readonly module: string
  readonly version: string
  readonly definitions: object
  readonly featureGates: object
  readonly flags: object
}

/** The file, from what the kubelets' programs print: the default's first. */
export function kubernetesFile(printed: readonly string[]): string {
  const [base, ...others] = printed.map(text => JSON.parse(text) as Values)
  if (base === undefined) throw new Error('there is no kubelet')
  const { definitions, featureGates, flags } = base
  const rows = others.map(({ version, module, ...other }) => {
    const { definitions: types, featureGates: gates, flags: words } = other
    const from = { definitions, featureGates, flags }
    return [
      version,
      {
        module,
        difference: mergeDifference(from, { definitions: types, featureGates: gates, flags: words }),
      },
    ]
  })
  return `${JSON.stringify({ ...base, others: Object.fromEntries(rows) }, null, 1)}\n`
}

/** Which go.mod each kubelet of images/components.lock.json is built by, the default's first. */
export function kubeletModfiles(root: string): string[] {
  const lock = JSON.parse(readFileSync(`${root}/images/components.lock.json`, 'utf8'))
  const rows = (lock.components as KubeletRow[]).filter(({ name }) => name === 'kubelet')
  return rows.map(({ origin }) => origin.modfile ?? 'go.mod')
}

const ARGS = ['run', '-trimpath', '-buildvcs=false', '-mod=readonly', '-tags', 'grpcnotrace', './values']

/** The program asks the go command in turn where its sources are: GOFLAGS tells both which go.mod it is built by. */
function print(modfile: string): string {
  return execFileSync('go', ARGS, {
    cwd: 'images/go/kubelet',
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: `-modfile=${modfile}`, GOWORK: 'off' },
    encoding: 'utf8',
    maxBuffer: 1 << 24,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** The file as the kubelets of the checkout in the working folder make it. */
export const generatedKubernetes = (): string => kubernetesFile(kubeletModfiles('.').map(print))

if (process.argv[2] === '--write') writeFileSync('schema/kubernetes/v1.json', generatedKubernetes())
