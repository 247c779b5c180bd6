import { request } from 'node:https'
import type { Identity } from './pki.ts'

/** Where a kubelet answers on its node. */
export const KUBELET_PORT = 10250

/** What the kubelet reports about a pod, as far as Keel reads it. */
export type Pod = {
  metadata: { name: string; namespace: string; uid: string }
  status: {
    phase?: string
    startTime?: string
    containerStatuses?: {
      name: string
      ready: boolean
      restartCount: number
      containerID?: string
      state: ContainerState
    }[]
  }
}
type ContainerState = {
  running?: { startedAt: string }
  waiting?: { reason: string; message?: string }
  terminated?: { exitCode: number }
}

/** The kubelet's own HTTPS interface, asked with a client certificate as kubectl's API server would. */
export type Kubelet = {
  pods(): Promise<Pod[]>
  /** Standard output and error of one container. */
  logs(pod: Pod, container: string): Promise<string>
  /** A file below /var/log of the node. */
  nodeLog(path: string): Promise<string>
  /** The kubelet's version, from its metrics. */
  version(): Promise<string>
}

/** `portOf` is asked for a port of the loopback address, which QEMU forwards to the guest's 10250. */
export function kubeletAt(portOf: () => Promise<number>, client: Identity): Kubelet {
  const get = async (path: string) => httpsGet(await portOf(), path, client)
  return {
    async pods() {
      return (JSON.parse(await get('/pods')) as { items: Pod[] | null }).items ?? []
    },
    logs: (pod, container) =>
      get(`/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}`),
    nodeLog: path => get(`/logs/${path}`),
    async version() {
      return /kubernetes_build_info\{.*git_version="([^"]+)"/.exec(await get('/metrics'))?.[1] ?? 'unknown'
    },
  }
}

/** A claim about a pod. */
export type PodCheck = (pod: Pod) => boolean

/** Whether every container of a pod runs. */
export const isRunning: PodCheck = pod =>
  pod.status.phase === 'Running' &&
  (pod.status.containerStatuses ?? []).every(status => status.state.running !== undefined)

const POLL_MS = 250

/**
 * Waits for a pod. The kubelet has no watch, so it is asked four times a second; a kubelet that does not answer yet, or not now,
 * is not an error before the time is over.
 */
export async function waitForPod(
  kubelet: Kubelet,
  name: string,
  wanted: PodCheck,
  timeoutMs: number,
): Promise<Pod> {
  const end = Date.now() + timeoutMs
  let last = 'the kubelet was not asked'
  while (Date.now() < end) {
    try {
      const pods = await kubelet.pods()
      const pod = pods.find(({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}-`))
      if (pod && wanted(pod)) return pod
      last = pod
        ? JSON.stringify(pod.status)
        : `no pod ${name} among ${JSON.stringify(pods.map(({ metadata }) => metadata.name))}`
    } catch (error) {
      last = (error as Error).message
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS))
  }
  throw new Error(`pod ${name} is not as expected after ${timeoutMs / 1000} s: ${last}`)
}

const TIMEOUT_MS = 20_000

/** The kubelet signs its own serving certificate, so there is nothing to check it against; the port leads to no other machine. */
function httpsGet(port: number, path: string, client: Identity): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      cert: client.certificate,
      key: client.key,
      rejectUnauthorized: false,
      agent: false,
    }
    const asked = request({ ...options, timeout: TIMEOUT_MS }, answer => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        if (answer.statusCode === 200) resolve(text)
        else reject(new Error(`the kubelet answers ${path} with ${answer.statusCode}: ${text.slice(0, 500)}`))
      })
    })
    asked.on('timeout', () =>
      asked.destroy(new Error(`the kubelet does not answer ${path} in ${TIMEOUT_MS / 1000} s`)),
    )
    asked.on('error', reject)
    asked.end()
  })
}
