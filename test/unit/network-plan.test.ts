/** What keel-init plans for links, as keelctl prints it. */
import { expect, test } from 'vitest'
import { missingText, operationText } from '../../src/vm/network-plan.ts'

const at = { pointer: '/network/links/0' }

test.each([
  [
    {
      operation: 'add-rule',
      link: 'eth2',
      rule: {
        from: { address: '198.51.100.0', prefixLength: 25 },
        to: { address: '10.20.0.0', prefixLength: 16 },
        table: 300,
      },
    },
    'add-rule            eth2  from=198.51.100.0/25 to=10.20.0.0/16 table=300',
  ],
  [
    { operation: 'add-address', link: 'd1', address: { address: '2001:db8:5::9', prefixLength: 128 } },
    'add-address         d1  address=2001:db8:5::9/128',
  ],
  [
    {
      operation: 'add-route',
      link: 'eth0',
      route: { destination: '::', prefixLength: 0, gateway: 'fe80::1', metric: 5, onLink: true },
    },
    'add-route           eth0  destination=default gateway=fe80::1 metric=5 onLink=true',
  ],
  [
    {
      operation: 'add-route',
      link: 'eth0',
      route: { destination: '10.8.0.0', prefixLength: 13, source: '192.0.2.7', table: 9 },
    },
    'add-route           eth0  destination=10.8.0.0/13 source=192.0.2.7 table=9',
  ],
  [
    {
      operation: 'make-link',
      link: 'bond3',
      kind: {
        kind: 'bond',
        mode: 'active-backup',
        members: [{ name: 'eth4' }, { permanentMac: '52:54:00:00:00:02' }],
        arpIntervalMs: 2000,
        arpIpTargets: ['192.0.2.1', '192.0.2.2'],
        primary: 1,
      },
    },
    'make-link           bond3  kind=bond mode=active-backup arpInterval=2000ms arpIpTargets=192.0.2.1,192.0.2.2 primary=permanentMac:52:54:00:00:00:02',
  ],
  [
    {
      operation: 'make-link',
      link: 'bond3',
      kind: { kind: 'bond', mode: 'balance-tlb', members: [{ name: 'eth4' }], primary: 0 },
    },
    'make-link           bond3  kind=bond mode=balance-tlb primary=eth4',
  ],
  [{ operation: 'bring-up', link: 'eth0' }, 'bring-up            eth0'],
  [{ operation: 'set-key', link: 'wg0', generated: true }, 'set-key             wg0  generated=true'],
  [
    {
      operation: 'add-peer',
      link: 'wg0',
      publicKey: 'AgI=',
      endpoint: { host: '2001:db8::1', port: 51820 },
      allowedIps: [
        { address: '10.9.0.0', prefixLength: 24 },
        { address: '::', prefixLength: 0 },
      ],
      persistentKeepaliveSeconds: 25,
    },
    'add-peer            wg0  publicKey=AgI= endpoint=[2001:db8::1]:51820 allowedIps=10.9.0.0/24,::/0 persistentKeepalive=25s',
  ],
])('an operation has the words of the config: %#', (operation, text) => {
  expect(operationText({ ...operation, ...at })).toBe(text)
})

test('what is missing and needed is told apart from a member that may come later', () => {
  expect(missingText({ ...at, what: 'interface eth9', needed: true }, 'a.yaml:4')).toBe(
    'not here: interface eth9 (a.yaml:4); the boot waits 10 s for it and fails',
  )
  expect(missingText({ ...at, what: 'interface eth9', needed: false }, undefined)).toBe(
    'not here: interface eth9; it joins when it appears',
  )
})
