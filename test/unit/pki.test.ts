import { createPrivateKey, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { clientPki } from '../../src/kubelet/pki.ts'

const NOW = new Date('2026-01-02T03:04:05Z')

test('the client’s certificate is signed by the authority, fits its key, and is for clients only', () => {
  const { ca, client } = clientPki(NOW)
  const [authority, certificate] = [
    new X509Certificate(ca.certificate),
    new X509Certificate(client.certificate),
  ]
  expect(authority.ca).toBe(true)
  expect(certificate.ca).toBe(false)
  expect(certificate.verify(authority.publicKey)).toBe(true)
  expect(certificate.checkIssued(authority)).toBe(true)
  expect(certificate.checkPrivateKey(createPrivateKey(client.key))).toBe(true)
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
})

test('a node whose clock is a few hours behind accepts it', () => {
  const { client } = clientPki(NOW)
  const from = new Date(new X509Certificate(client.certificate).validFrom)
  expect(from.getTime()).toBeLessThan(NOW.getTime() - 12 * 60 * 60 * 1000)
})
