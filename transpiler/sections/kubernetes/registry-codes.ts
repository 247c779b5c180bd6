/** kubernetes: what can be wrong with registries, the pause image and proxies. */
import { choice, code, type Doubt, error, list, warning, write } from '../../diag/define.ts'

interface Wrong {
  readonly value: string
  readonly why: string
  readonly better: string | undefined
}

export const REGISTRY_CODES = {
  'kubernetes-credentials': error<{ why: string }>(
    a => `these credentials cannot be sent: ${a.why}`,
    () => 'a user name and a password are what docker login takes, without line ends',
  ),
  'kubernetes-credentials-clear': warning<{ url: string }>(
    a => `the password is sent to ${code(a.url)} in clear text`,
    () => 'use https, with a CA of its own where the server has one',
  ),
  'kubernetes-duplicate-mirror': error<{ url: string }>(a => `the mirror ${code(a.url)} is listed twice`),
  'kubernetes-duplicate-registry': error<{ name: string }>(
    a => `there is already a registry ${code(a.name)}`,
    () => 'put all mirrors of a registry into one list',
  ),
  'kubernetes-pause-image': error<Wrong>(
    a => `${code(a.value)} is not the whole name of an image: ${a.why}`,
    a => write(a.better) ?? 'write registry, path and tag, for example registry.example.org/pause:3.10',
    'containerd compares the names of pinned images as they are written. It would pull an unpinned pause image again after each garbage collection.',
  ),
  'kubernetes-proxy-empty': error(
    () => '`proxy` needs `http` or `https`',
    () => 'set https for registries, which are asked by https; or remove proxy',
  ),
  'kubernetes-proxy-no-proxy': error<Wrong>(
    a => `${code(a.value)} cannot be in \`noProxy\`: ${a.why}`,
    a => write(a.better) ?? 'write a host name, .domain for all names below it, an address or a prefix',
    'containerd and the kubelet are Go programs. Go compares NO_PROXY with the host of a request as it is written: a prefix matches addresses and never names.',
  ),
  'kubernetes-proxy-url': error<Wrong>(
    a => `${code(a.value)} cannot be a proxy: ${a.why}`,
    a =>
      write(a.better) ??
      'write http:// or https://, a host and a port, for example http://proxy.example.org:3128',
  ),
  'kubernetes-registry-ca': error(
    () => 'this is not a certificate in PEM',
    () => 'it starts with -----BEGIN CERTIFICATE-----',
  ),
  'kubernetes-registry-ca-choice': error<{ given: readonly string[] }>(
    a => choice('ca', a.given, ['inline', 'local']),
    () => 'give exactly one of them',
  ),
  'kubernetes-registry-ca-key': error(
    () => 'this is a private key, and the node needs only the certificate',
    () => 'give the certificate of the CA and keep its key secret',
  ),
  'kubernetes-registry-empty': error<{ name: string }>(
    a => `the entry for ${code(a.name)} has only a name`,
    () => 'give it mirrors, url, ca or credentials, or remove it',
  ),
  'kubernetes-registry-name': error<Wrong>(
    a => `${code(a.value)} is not a registry: ${a.why}`,
    a =>
      write(a.better) ??
      'write what the names of its images begin with, for example registry.example.org:5000',
  ),
  'kubernetes-registry-no-effect': error<{ keys: readonly string[]; why: string }>(
    a => `${list(a.keys)} ${a.keys.length === 1 ? 'has' : 'have'} no effect: ${a.why}`,
    () => 'remove what has no effect',
  ),
  'kubernetes-registry-no-server': error<{ name: string }>(
    a => `there is no server for ${code(a.name)}: it has no mirrors, and \`upstream\` is false`,
    () => 'list a mirror, or remove upstream',
  ),
  'kubernetes-registry-no-resolve': warning<{ name: string }>(
    a => `no server for ${code(a.name)} may resolve tags`,
    () => 'add resolve to the capabilities of a mirror that you trust with it, or remove upstream',
    'An image can then be pulled by its digest only: containerd asks a server without `resolve` for content, and never for the digest that a tag means.',
  ),
  'kubernetes-registry-unreachable': warning<Doubt>(
    a => `${a.what} may be unreachable: ${a.why}`,
    a => a.hint,
    'The kubelet tries forever to pull an image, so this is not an error: the network may be changed.',
  ),
  'kubernetes-registry-url': error<Wrong>(
    a => `${code(a.value)} cannot be the address of a registry: ${a.why}`,
    a =>
      write(a.better) ??
      'write https://, a host and an optional port and path, for example https://mirror.example.org:5000',
  ),
} as const
