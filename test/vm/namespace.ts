import { rmSync } from 'node:fs'
import { basename } from 'node:path'
import { onTestFinished } from 'vitest'
import { newFolder, removeLeftovers } from '../cluster/leftovers.ts'
import { type Network, openNetwork } from '../cluster/network.ts'
import { type Namespace, namespaceIn } from '../metadata/namespace.ts'

export { METADATA_ADDRESS, type Namespace, OTHER_ADDRESS, WEB_ADDRESS } from '../metadata/namespace.ts'

/** A network of one test, and a folder for what runs in it; both are gone when the test is over. */
export function ownNetwork(): { network: Network; folder: string } {
  removeLeftovers()
  const folder = newFolder()
  const network = openNetwork(basename(folder))
  onTestFinished(() => {
    network.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { network, folder }
}

/** It is gone, with all that listens in it, when the test is over. */
export function openNamespace(): Namespace {
  const namespace = namespaceIn(ownNetwork().network)
  return {
    ...namespace,
    start: async (address, wanted) => {
      const simulator = await namespace.start(address, wanted)
      onTestFinished(() => simulator.close())
      return simulator
    },
  }
}
