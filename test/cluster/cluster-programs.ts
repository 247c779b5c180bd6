import {
  type BuiltComponent,
  buildClusterPrograms,
  buildLongPrograms,
  cacheFolder,
  nodeEnvironment,
} from '../../images/index.ts'

type Built = Promise<Readonly<Record<string, BuiltComponent>>>

/** The programs of a control plane: from the cache, or built, which takes minutes. The working folder is the checkout. */
export const clusterPrograms = (): Built => built(buildClusterPrograms)

/** What only long runs need in addition. */
export const longPrograms = (): Built => built(buildLongPrograms)

const built = (build: typeof buildClusterPrograms): Built =>
  build(
    { checkout: process.cwd(), cache: cacheFolder(process.env) },
    nodeEnvironment(process.env, text => void process.stderr.write(text), false),
  )
