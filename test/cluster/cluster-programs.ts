import {
  type BuiltComponent,
  buildClusterPrograms,
  cacheFolder,
  nodeEnvironment,
} from '../../images/index.ts'

/**
 * The programs of a control plane, of this minor of Kubernetes or the usual one: from the cache, or built, which takes minutes. The
 * working folder is the checkout.
 */
export function clusterPrograms(kubernetes?: string): Promise<Readonly<Record<string, BuiltComponent>>> {
  const environment = nodeEnvironment(process.env, text => void process.stderr.write(text), false)
  const places = { checkout: process.cwd(), cache: cacheFolder(process.env) }
  return buildClusterPrograms(places, environment, kubernetes)
}
