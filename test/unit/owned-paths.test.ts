/** A path that the node itself writes cannot be the user's, whatever its type. */
import { describe, expect, test } from 'vitest'
import { HEAD, joining, problemsOf } from './problems.ts'

type Kind = 'files' | 'directories' | 'links' | 'persist' | 'filesystems'

const ENTRY: Readonly<Record<Kind, (path: string) => string>> = {
  files: path => `{path: ${path}, contents: {inline: a}}`,
  directories: path => `{path: ${path}}`,
  links: path => `{path: ${path}, target: /opt/a}`,
  persist: path => `{path: ${path}}`,
  filesystems: path => `{partition: EXTRA, mountPath: ${path}}`,
}

const STORAGE =
  'storage:\n  disks: [{match: {serial: disk-1}, partitions: [{label: KEEL-STATE, size: 1GiB}, {label: EXTRA, size: 1GiB}, {label: KEEL-DATA, size: rest}]}]\n'
const ROLES = {
  none: HEAD + STORAGE,
  standalone: `${HEAD}${STORAGE}kubernetes: {role: standalone}\n`,
  worker: joining('192.0.2.1:6443').replace(/storage:\n.*\n/, STORAGE),
}

/** The codes for one more thing at a path. */
const of = (role: keyof typeof ROLES, kind: Kind, path: string) =>
  problemsOf(ROLES[role].replace(STORAGE, `${STORAGE}  ${kind}: [${ENTRY[kind](path)}]\n`)).map(
    problem => problem.split(' ')[0],
  )

const OWNED = ['path-of-keel']
const ALL: readonly Kind[] = ['files', 'directories', 'links', 'persist', 'filesystems']

describe('what kubeadm and the kubelet of a worker write', () => {
  test.each([
    '/var/lib/kubelet/config.yaml',
    '/var/lib/kubelet/instance-config.yaml',
    '/var/lib/kubelet/kubeadm-flags.env',
    '/var/lib/kubelet/cpu_manager_state',
    '/etc/kubernetes/bootstrap-kubelet.conf',
    '/etc/kubernetes/kubelet.conf',
    '/etc/kubernetes/pki/ca.crt',
    '/etc/kubernetes/manifests/web.yaml',
  ])('%s', path => {
    for (const kind of ALL) expect(of('worker', kind, path), kind).toContain('path-of-keel')
  })

  test.each([
    '/var/lib/kubelet/pki/kubelet-client-current.pem',
    '/var/lib/kubelet/pods/a/etc-hosts',
    '/var/lib/kubelet/device-plugins/kubelet_internal_checkpoint',
    '/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db',
    '/run/containerd/containerd.sock',
    '/var/log/pods/a',
    '/run/cluster-api/bootstrap-success.complete',
  ])('below %s', path => {
    for (const kind of ['files', 'directories', 'links'] as const)
      expect(of('worker', kind, path), kind).toEqual(OWNED)
  })

  test('is not owned on a node where they do not run', () => {
    for (const path of ['/etc/kubernetes/kubelet.conf', '/etc/kubernetes/pki/ca.crt'])
      expect(of('standalone', 'files', path)).toEqual([])
    for (const path of ['/var/lib/kubelet/config.yaml', '/var/lib/containerd/a', '/var/log/pods/a'])
      expect(of('none', 'files', path)).toEqual([])
  })
})

/** Without partitions of Keel's, which keep some of these paths anyway. */
const mounted = (mountPath: string) =>
  problemsOf(
    `${HEAD}storage: {disks: [{match: {serial: disk-1}, partitions: [{label: EXTRA, size: rest}]}], filesystems: [${ENTRY.filesystems(mountPath)}]}\nkubernetes: {role: standalone}\n`,
  )

describe('what stays the user’s', () => {
  test.each([
    '/var/lib/kubelet/config.json',
    '/var/lib/kubelet/seccomp/profiles/audit.json',
    '/var/lib/kubelet/volumeplugins/example.org~nfs/nfs',
    '/etc/kubernetes/credential-providers.yaml',
    '/etc/kubernetes/pki/front-proxy-ca.crt',
    '/etc/containerd/certs.d/registry.example.org/hosts.toml',
    '/etc/cni/net.d/05-own.conflist',
    '/etc/hosts',
    '/etc/resolv.conf',
    '/etc/machine-id',
  ])('%s', path => {
    expect(of('worker', 'files', path)).toEqual([])
  })

  test('the folders of the owned things may be kept or be another filesystem', () => {
    for (const path of ['/var/lib/containerd', '/var/lib/kubelet', '/var/lib/kubelet/pods', '/var/log/pods'])
      expect(mounted(path)).toEqual([])
    expect(of('worker', 'directories', '/var/lib/kubelet/plugins')).toEqual([])
  })
})

describe('paths that the kernel does not take', () => {
  test.each([
    ['a name of 256 bytes', `/etc/${'a'.repeat(256)}`, ['path-too-long']],
    ['a name of 255 bytes', `/etc/${'a'.repeat(255)}`, []],
    ['a name of 128 letters of two bytes', `/etc/${'é'.repeat(128)}`, ['path-too-long']],
    ['4096 bytes in 3000 characters', `/etc${`/${'é'.repeat(100)}`.repeat(21)}`, ['path-too-long']],
    ['a control character of Unicode', '"/etc/a\u0085b"', ['path-control-character']],
  ])('%s', (_, path, wanted) => {
    for (const kind of ['files', 'directories', 'links'] as const)
      expect(of('none', kind, path)).toEqual(wanted)
  })
})

describe('Keel’s own', () => {
  test.each(['/keel/state/x', '/run/keel/join/config', '/etc/keel/modules', '/etc/kubernetes/manifests/a'])(
    '%s',
    path => {
      expect(of('none', 'files', path)).toEqual(OWNED)
      expect(of('none', 'directories', path)).toEqual(OWNED)
    },
  )

  test('a file that init writes unless the config has it cannot be a directory', () => {
    for (const path of ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/etc/machine-id']) {
      expect(of('none', 'files', path)).toEqual([])
      expect(of('none', 'links', path)).toEqual([])
      expect(of('none', 'directories', path)).toEqual(OWNED)
      expect(of('none', 'files', `${path}/a`)).toEqual(OWNED)
      expect(of('none', 'persist', path)).toEqual(OWNED)
    }
  })

  test('the network of its bridge, and only with the bridge', () => {
    const bridged = `${HEAD}kubernetes: {role: standalone, cni: {bridge: {}}}\nstorage: {files: [${ENTRY.files('/etc/cni/net.d/10-keel.conflist')}]}\n`
    expect(problemsOf(bridged)).toEqual(['path-of-keel $.storage.files[0].path'])
    expect(of('standalone', 'files', '/etc/cni/net.d/10-keel.conflist')).toEqual([])
  })
})

test('a file cannot be where a folder of the node is', () => {
  for (const path of ['/etc/kubernetes', '/var/lib/kubelet', '/etc/cni', '/var/log', '/run/containerd'])
    expect(of('worker', 'files', path).at(0)).toMatch(/^path-of-(directory|keel)$|^storage-duplicate-path$/)
  expect(of('none', 'files', '/var/log/keel')).toEqual(OWNED)
})
