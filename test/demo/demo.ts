import { parseArgs } from 'node:util'
import { clusterDemo } from './cluster.ts'
import { standaloneDemo } from './standalone.ts'

/** A machine that becomes a node of a real cluster, or, with `--standalone`, one that runs pods by itself. */
export async function demo(): Promise<void> {
  const { values } = parseArgs({ options: { standalone: { type: 'boolean' } } })
  await (values.standalone ? standaloneDemo() : clusterDemo())
}
