/** Keys of WireGuard: such as a config gives, and those that nodes have said. */
import { generateKeyPairSync } from 'node:crypto'
import type { Vm } from '../../src/vm/vm.ts'

/** A pair of keys, each in base64. */
export interface Keys {
  readonly privateKey: string
  readonly publicKey: string
}

export function newKeys(): Keys {
  const { d = '', x = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' })
  const base64 = (text: string) => Buffer.from(text, 'base64url').toString('base64')
  return { privateKey: base64(d), publicKey: base64(x) }
}

/** Names and public keys of the tunnels, as events say them. */
export const keysOf = (vm: Vm) =>
  vm.events.flatMap(({ type, interface: name, publicKey }) =>
    type === 'wireguard-key' ? [[name, publicKey]] : [],
  )
