import { UsageError } from '../cli/errors.ts'
import type { Options } from './target.ts'

/** What libvirt plugs a machine into: a bridge of the host, or a network of its own. */
export function libvirtNetwork({ network, bridge }: Options): { kind: 'bridge' | 'network'; name: string } {
  if (bridge === undefined) return { kind: 'network', name: network ?? 'default' }
  if (network === undefined) return { kind: 'bridge', name: bridge }
  throw new UsageError('give --bridge or --network, not both')
}
