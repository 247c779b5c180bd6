/** kubernetes: the rules, in the order in which they run. */
import type { Check } from '../section.ts'
import { checkClusterDns } from './check-cluster-dns.ts'
import { checkHostPorts } from './check-host-ports.ts'
import { checkJoin } from './check-join.ts'
import { checkKubelet } from './check-kubelet.ts'
import { checkKubeletArgs } from './check-kubelet-args.ts'
import { checkKubeletValues } from './check-kubelet-values.ts'
import { checkLabels } from './check-labels.ts'
import { checkNodeAddress } from './check-node-address.ts'
import { checkPodCidrs } from './check-pod-cidrs.ts'
import { checkPodValues } from './check-pod-values.ts'
import { checkPods } from './check-pods.ts'
import { checkProxy } from './check-proxy.ts'
import { checkRegistries } from './check-registries.ts'
import { checkRole } from './check-role.ts'
import { checkShutdown } from './check-shutdown.ts'
import { checkVersion } from './check-version.ts'
import { checkWorker } from './check-worker.ts'

export const CHECKS: readonly Check[] = [
  checkRole,
  checkPodCidrs,
  checkVersion,
  checkKubelet,
  checkKubeletValues,
  checkKubeletArgs,
  checkClusterDns,
  checkJoin,
  checkLabels,
  checkWorker,
  checkNodeAddress,
  checkShutdown,
  checkRegistries,
  checkProxy,
  checkPods,
  checkPodValues,
  checkHostPorts,
]
