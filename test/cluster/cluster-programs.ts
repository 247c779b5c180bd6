import {
  type BuiltComponent,
  buildClusterPrograms,
  buildLongPrograms,
  cacheFolder,
  nodeEnvironment,
} from '../../images/index.ts'

type Built = Promise<Readonly<Record<string, BuiltComponent>>>

const places = () => ({ checkout: process.cwd(), cache: cacheFolder(process.env) })
const environment = () => nodeEnvironment(process.env, text => void process.stderr.write(text), false)

/**
 * The programs of a control plane, of this minor of Kubernetes or the usual one: from the cache, or built, which takes minutes. The
 * working folder is the checkout.
 */
export const clusterPrograms = (kubernetes?: string): Built =>
  buildClusterPrograms(places(), environment(), kubernetes)

/** Components of images/long.lock.json, which only long runs need. */
export const longPrograms = (...components: string[]): Built =>
  buildLongPrograms(components, places(), environment())
