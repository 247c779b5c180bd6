/** kubernetes: what can be wrong. */
import { choice, code, either, error, write } from '../../diag/define.ts'
import type { Family } from '../../rules/ip.ts'

export const KUBERNETES_CODES = {
  'kubernetes-certificate-damaged': error<{ number: number; count: number }>(
    a =>
      `${a.count === 1 ? 'the certificate' : `certificate ${a.number} of ${a.count}`} is damaged: its base64 or its length is wrong`,
    () => 'copy it again with all of its lines; openssl x509 -in FILE -noout fails on a damaged one',
    'A program that cannot read a certificate of its CA file trusts no server at all, or does not start.',
  ),
  'kubernetes-client-ca': error(
    () => 'this is not a certificate in PEM',
    () => 'it starts with -----BEGIN CERTIFICATE-----',
  ),
  'kubernetes-client-ca-choice': error<{ given: readonly string[] }>(
    a => choice('clientCA', a.given, ['inline', 'local']),
    () => 'give exactly one of them',
  ),
  'kubernetes-client-ca-key': error(
    () => 'this is a private key, and the kubelet needs only the certificate',
    () => 'give the certificate of the CA and keep its key secret',
  ),
  'kubernetes-duplicate-image': error<{ path: string }>(a => `the archive ${code(a.path)} is listed twice`),
  'kubernetes-key-without-role': error<{ key: string; role: string; roles: readonly string[] }>(
    a => `${code(a.key)} has no effect with role ${code(a.role)}`,
    a => `it goes with role ${either(a.roles)}; set that role, or remove the key`,
  ),
  'kubernetes-pod-cidr-family': error<{ cidr: string; family: Family; other: string }>(
    a => `${code(a.cidr)} is a second pod network of IPv${a.family}, after ${code(a.other)}`,
    () => 'keep one of each family',
    'A pod has at most one address of each family, and Kubernetes knows no more.',
  ),
  'kubernetes-pod-cidr-host': error<{ cidr: string; network: string }>(
    a => `${code(a.cidr)} is the address of a host, not of a network`,
    a => write(a.network),
  ),
  'kubernetes-pod-cidr-invalid': error<{ cidr: string; why: string }>(
    a => `${code(a.cidr)} is not a pod network: ${a.why}`,
    () => 'write for example 10.244.0.0/24 or fd00:10:244::/64',
  ),
  'kubernetes-pod-cidr-overlap': error<{ cidr: string; address: string }>(
    a => `the pod network ${code(a.cidr)} overlaps the network of the node's address ${code(a.address)}`,
  ),
  'kubernetes-pod-cidr-small': error<{ cidr: string; family: Family }>(
    a => `the pod network ${code(a.cidr)} has too few addresses for pods`,
    a => `a prefix of ${a.family === 4 ? 24 : 64} bits is usual`,
  ),
  'kubernetes-pod-cidr-unusable': error<{ cidr: string; why: string }>(
    a => `${code(a.cidr)} cannot be a pod network: ${a.why}`,
    () => 'use a private range, for example 10.244.0.0/24 or fd00:10:244::/64',
  ),
  'kubernetes-shutdown-order': error<{ critical: string; grace: string }>(
    a => `criticalPodsGracePeriod ${code(a.critical)} is longer than gracePeriod ${code(a.grace)}`,
    () => 'criticalPodsGracePeriod is a part of gracePeriod',
  ),
} as const
