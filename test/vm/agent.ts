import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ociArchive } from '../../images/layout/oci.ts'
import type { Vm } from '../../src/vm/vm.ts'

/** The port on which the pod of agent/agent.c listens. */
export const AGENT_PORT = 10999

const FLAGS = ['-static', '-nostdlib', '-nostartfiles', '-ffreestanding', '-fno-pie', '-no-pie', '-Os', '-s']
const QUIET = ['-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fcf-protection=none']

/** A pod of the agent's image, as an item of `staticPods`. */
type PodText = string

/** The agent as a privileged pod in the host's namespaces. */
export const AGENT: PodText = `
    - pod:
        apiVersion: v1
        kind: Pod
        metadata: {name: agent, namespace: default}
        spec:
          hostNetwork: true
          hostPID: true
          terminationGracePeriodSeconds: 1
          containers:
            - name: agent
              image: keel.local/agent:1
              imagePullPolicy: Never
              securityContext: {privileged: true}
`

/** A pod that runs agent.c with these arguments when it gets SIGTERM. Its /data is the node's /var/lib/app. */
export const latePod = (args: string[]): PodText => `
    - pod:
        apiVersion: v1
        kind: Pod
        metadata: {name: late, namespace: default}
        spec:
          hostNetwork: true
          terminationGracePeriodSeconds: 60
          containers:
            - name: late
              image: keel.local/agent:1
              imagePullPolicy: Never
              args: ${JSON.stringify(args)}
              volumeMounts: [{name: data, mountPath: /data}]
          volumes: [{name: data, hostPath: {path: /var/lib/app, type: Directory}}]
`

/** A fragment that runs the agent; its image travels inside the machine config. */
export function agentFragment(): string {
  return podsFragment(AGENT)
}

/** A fragment with the agent's image, which is made now, and pods of it. */
export function podsFragment(...pods: PodText[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'keel-agent-'))
  try {
    const program = join(dir, 'agent')
    const source = join(import.meta.dirname, 'agent', 'agent.c')
    execFileSync('gcc', [...FLAGS, ...QUIET, '-o', program, source])
    const archive = ociArchive('keel.local/agent:1', 'agent', readFileSync(program))
    return fragment(Buffer.from(archive).toString('base64'), pods.join(''))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const fragment = (base64: string, pods: string) => `
apiVersion: keel/v1
storage:
  files:
    - {path: /var/lib/agent.tar, mode: 0644, contents: {base64: ${base64}}}
kubernetes:
  images: [/var/lib/agent.tar]
  staticPods:${pods}`

const TIMEOUT_MS = 30_000

/** Gives the agent one command, for example `cat /proc/1/root/etc/hostname`; agent.c lists them. */
export async function ask(vm: Vm, command: string): Promise<string> {
  return askOver(connect(await vm.hostPort(AGENT_PORT), '127.0.0.1'), command)
}

/** The same over a connection that somebody else made. */
export async function askOver(socket: Socket, command: string): Promise<string> {
  return (await bytesOver(socket, command)).toString()
}

/** The same where the answer is binary. */
export function bytesOver(socket: Socket, command: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const answer: Buffer[] = []
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`the agent does not answer: ${command}`)))
    socket.on('data', (part: Buffer) => answer.push(part))
    socket.on('error', reject)
    socket.on('end', () => resolve(Buffer.concat(answer)))
    socket.write(`${command}\n`)
  })
}

/** Process id and start time of each agent, in its list of all processes. */
export const agentsIn = (processes: string): (string | undefined)[][] =>
  processes
    .split('\n')
    .filter(line => line.includes('(agent)'))
    .map(line => line.split(' '))
    .map(words => [words[0], words[21]])

/** A file of the node's own root, not of the pod's. */
export function readOnNode(vm: Vm, path: string): Promise<string> {
  return ask(vm, `cat /proc/1/root${path}`)
}
