import {
  type BuiltComponent,
  buildClusterPrograms,
  cacheFolder,
  nodeEnvironment,
} from '../../images/index.ts'

/** The programs of a control plane: from the cache, or built, which takes minutes. The working folder is the checkout. */
export function clusterPrograms(): Promise<Readonly<Record<string, BuiltComponent>>> {
  const environment = nodeEnvironment(process.env, text => void process.stderr.write(text), false)
  return buildClusterPrograms({ checkout: process.cwd(), cache: cacheFolder(process.env) }, environment)
}
