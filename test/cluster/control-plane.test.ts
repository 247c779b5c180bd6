/** The control plane that the cluster tests join: it is a real one, and it leaves nothing behind. Needs root. */
import { execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import forge from 'node-forge'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { keelInit } from '../contract/validators.ts'
import { clusterPrograms } from './cluster-programs.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { removeLeftovers } from './leftovers.ts'
import { networkNames } from './network.ts'

let cluster: ControlPlane

beforeAll(async () => {
  cluster = await startControlPlane(await clusterPrograms())
})
afterAll(() => cluster?.stop())

/** What is left of clusters whose name begins so: namespaces, folders, and processes that have the name in their command lines. */
const remains = (name: string) => ({
  networks: networkNames().filter(other => other.startsWith(name)),
  folders: readdirSync(tmpdir()).filter(other => other.startsWith(name)),
  processes: readdirSync('/proc').filter(pid => /^\d+$/.test(pid) && commandOf(pid).includes(`/${name}`)),
})
const NOTHING = { networks: [], folders: [], processes: [] }

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

test('kubeadm finds the cluster by its token and trusts it by its CA hash', async () => {
  const { endpoint, caHash, token } = cluster
  const output = await cluster.run('kubeadm', [
    ...['join', 'phase', 'preflight', endpoint, '--token', token, '--discovery-token-ca-cert-hash', caHash],
    // What this machine lacks for being a node is not the question.
    ...['--node-name', 'nobody', '--ignore-preflight-errors', 'all'],
  ])
  expect(output).toContain('Reading configuration from the "kubeadm-config" ConfigMap')
})

test('who comes with the token gets the certificate of a node, without a manual approval', async () => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs1',
    format: 'pem',
  })
  const key = forge.pki.privateKeyFromPem(String(pem))
  const request = forge.pki.createCertificationRequest()
  request.publicKey = forge.pki.setRsaPublicKey(key.n, key.e)
  request.setSubject([
    { name: 'organizationName', value: 'system:nodes' },
    { name: 'commonName', value: 'system:node:worker-1' },
  ])
  request.sign(key, forge.md.sha256.create())
  const file = join(cluster.dir, 'request.json')
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name: 'worker-1' },
      spec: {
        request: Buffer.from(forge.pki.certificationRequestToPem(request)).toString('base64'),
        signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
        usages: ['digital signature', 'client auth'],
      },
    }),
  )
  // Nothing but the token: not the kubeconfig of an administrator.
  await cluster.run('kubectl', [
    ...['--server', `https://${cluster.endpoint}`, '--certificate-authority', `${cluster.dir}/pki/ca.crt`],
    ...['--kubeconfig', '/dev/null', '--token', cluster.token, 'create', '-f', file],
  ])
  await cluster.kubectl('wait', 'csr/worker-1', '--for', 'jsonpath={.status.certificate}', '--timeout', '30s')
  const certificate = await cluster.kubectl('get', 'csr', 'worker-1', '-o', 'jsonpath={.status.certificate}')
  expect(new X509Certificate(Buffer.from(certificate, 'base64')).subject).toContain('system:node:worker-1')
})

test('nodes will look for the client CA where kubeadm puts it, not where this machine has it', async () => {
  const config = await cluster.kubectl(
    '-n',
    'kube-system',
    'get',
    'configmap',
    'kubelet-config',
    '-o',
    'json',
  )
  expect(JSON.parse(config).data.kubelet).toContain('clientCAFile: /etc/kubernetes/pki/ca.crt')
})

test('there are no nodes', async () => {
  expect(await cluster.kubectl('get', 'nodes', '-o', 'name')).toBe('')
})

test('a token is withdrawn when its time is over', async () => {
  const token = await cluster.createToken('8s')
  await cluster.untilWithdrawn(token)
})

test('a deleted token is withdrawn, and others stay', async () => {
  const token = await cluster.createToken('1h')
  await cluster.deleteToken(token)
  await cluster.untilWithdrawn(token)
  await cluster.untilAnnounced(cluster.token)
})

test('machines are plugged in one by one, each with its address', () => {
  const taps = [cluster.network.addTap(), cluster.network.addTap()]
  expect(taps.map(({ name, mac, address }) => ({ name, mac, address }))).toEqual([
    { name: 'tap0', mac: '52:54:00:90:00:0b', address: '10.90.0.11/24' },
    { name: 'tap1', mac: '52:54:00:90:00:0c', address: '10.90.0.12/24' },
  ])
})

test('two run side by side, and one that is stopped leaves nothing behind but names whom it does not know', async () => {
  const other = await startControlPlane(await clusterPrograms())
  onTestFinished(() => other.stop().catch(() => undefined))
  const { name } = other.network
  expect(remains(name).processes.length).toBeGreaterThan(0)
  expect(await other.kubectl('create', 'namespace', 'of-the-other')).toContain('created')
  const [program = '', ...rest] = other.network.inside(['sleep', '60'])
  const unrelated = spawn(program, rest)
  onTestFinished(() => void unrelated.kill('SIGKILL'))
  await expect.poll(other.network.pids).toContain(unrelated.pid)
  await expect(other.stop()).rejects.toThrow(`still running in the cluster's network: ${unrelated.pid}`)
  expect(remains(name)).toEqual(NOTHING)
  await expect(cluster.kubectl('get', 'namespace', 'of-the-other')).rejects.toThrow('NotFound')
})

test.each(['SIGINT', 'SIGKILL'] as const)('a start that %s ends leaves nothing behind', async signal => {
  const run = await startOne()
  const name = `keel-cluster-${run.pid}-`
  await untilStarted(name)
  expect(remains(name).networks).toHaveLength(1)
  run.kill(signal)
  await new Promise(resolve => run.once('exit', resolve))
  // Nobody can clean up after a kill but the next start.
  if (signal === 'SIGKILL') removeLeftovers()
  await expect.poll(() => remains(name), { timeout: 10_000 }).toEqual(NOTHING)
})

test('a start that fails says which process and why, and leaves nothing behind', async () => {
  const flags = { 'kube-apiserver': { 'no-such-flag': 'x' } }
  const failed = startControlPlane(await clusterPrograms(), { flags })
  await expect(failed).rejects.toThrow(/kube-apiserver ended with 1:.*unknown flag: --no-such-flag/s)
  expect(remains(`keel-cluster-${process.pid}-`).networks).toEqual([cluster.network.name])
})

/** Bundled, because Node 20 runs no TypeScript. */
async function startOne() {
  const dir = mkdtempSync(join(tmpdir(), 'keel-test-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const outfile = join(dir, 'start-one.mjs')
  const banner = {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  }
  await build({
    entryPoints: ['test/cluster/start-one.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    banner,
  })
  const child = spawn(process.execPath, [outfile], { stdio: 'inherit' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Resolves when the API server of a cluster writes its log: by then everything is there that could be left over. */
function untilStarted(prefix: string): Promise<void> {
  return new Promise(resolve => {
    const watcher = watch(tmpdir(), { recursive: false }, () => look())
    const look = () => {
      const dir = readdirSync(tmpdir()).find(name => name.startsWith(prefix))
      if (dir === undefined) return
      watcher.close()
      const inner = watch(join(tmpdir(), dir), () => found())
      const found = () => {
        if (!existsSync(join(tmpdir(), dir, 'kube-apiserver.log'))) return
        inner.close()
        resolve()
      }
      found()
    }
    look()
  })
}

/** What init has its child do, as init-stub/src/cluster/node_object.rs writes it. */
const NODE_JOB = {
  name: 'asking',
  labels: [
    ['zone', 'b'],
    ['kubernetes.io/role', 'x'],
  ],
  old_labels: ['gone'],
  taints: [['gpu', '', 'NoSchedule']],
  old_taints: ['old:NoSchedule'],
  waits: false,
}

test('the child of init changes the labels of its Node, says what it may not change, and that its certificate has expired', async () => {
  const labels = { 'kubernetes.io/hostname': 'asking', zone: 'a', gone: '', kept: '' }
  const taints = [{ key: 'old', effect: 'NoSchedule' }]
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'asking', labels }, spec: { taints } }
  const file = join(cluster.dir, 'asking.json')
  writeFileSync(file, JSON.stringify(node))
  await cluster.kubectl('create', '-f', file)

  expect(askAsNode(1)).toEqual({
    failure: null,
    labels: ['kubernetes.io/role=x'],
    taints: ['gpu:NoSchedule', 'old:NoSchedule-'],
  })
  const now = JSON.parse(await cluster.kubectl('get', 'node', 'asking', '-o=jsonpath={.metadata.labels}'))
  expect(now).toEqual({ 'kubernetes.io/hostname': 'asking', zone: 'b', kept: '' })
  expect(askAsNode(-1).failure).toMatchObject({ code: 'node-certificate-expired', object: 'asking' })
})

/** Runs the child with a certificate that is valid until so many days from now, and reads its report. */
function askAsNode(days: number) {
  const dir = mkdtempSync(join(cluster.dir, 'asking-'))
  const init = join(dir, 'keel-init')
  copyFileSync(keelInit(), init)
  writeFileSync(join(dir, 'identity.pem'), identityOf('asking', days))
  writeFileSync(join(dir, 'kubelet.conf'), `clusters: [{cluster: {server: "https://${cluster.endpoint}"}}]\n`)
  const folders = '/etc/kubernetes/pki /var/lib/kubelet/pki'
  // In a view of the file system of its own, which hides this machine's.
  const script = [
    'mount -t tmpfs none /etc && mount -t tmpfs none /var/lib',
    `mkdir -p ${folders} && cp ${cluster.dir}/pki/ca.crt /etc/kubernetes/pki`,
    `cp ${dir}/kubelet.conf /etc/kubernetes`,
    `cp ${dir}/identity.pem /var/lib/kubelet/pki/kubelet-client-current.pem`,
    `exec ip netns exec ${cluster.network.name} ${init} child node`,
  ]
  const input = `${JSON.stringify(NODE_JOB)}\n`
  const written = execFileSync('unshare', ['-m', 'sh', '-c', script.join(' && ')], {
    input,
    encoding: 'utf8',
  })
  return JSON.parse(written)
}

/** A certificate of the cluster's CA for a node, and its key. */
function identityOf(node: string, days: number): string {
  const read = (name: string) => readFileSync(join(cluster.dir, 'pki', name), 'utf8')
  const ca = forge.pki.certificateFromPem(read('ca.crt'))
  const { publicKey, privateKey } = forge.pki.rsa.generateKeyPair(2048)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  certificate.serialNumber = '01'
  certificate.validity.notBefore = new Date(Date.now() - 2 * 86_400_000)
  certificate.validity.notAfter = new Date(Date.now() + days * 86_400_000)
  certificate.setSubject([
    { name: 'organizationName', value: 'system:nodes' },
    { name: 'commonName', value: `system:node:${node}` },
  ])
  certificate.setIssuer(ca.subject.attributes)
  certificate.setExtensions([{ name: 'extKeyUsage', clientAuth: true }])
  certificate.sign(forge.pki.privateKeyFromPem(read('ca.key')), forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate) + forge.pki.privateKeyToPem(privateKey)
}
