/** Pods of busybox: each answers HTTP with its name, and can ask others. */
import { REGISTRY } from './stocked.ts'

/** Where it answers. */
export const WEB_PORT = 8080

const BUSYBOX = '/usr/bin/busybox'
const SERVES = `${BUSYBOX} mkdir -p /www && ${BUSYBOX} hostname > /www/index.html && exec ${BUSYBOX} httpd -f -p ${WEB_PORT} -h /www`

interface Parts {
  readonly labels?: Readonly<Record<string, string>>
  readonly ports?: readonly object[]
  readonly volumes?: readonly object[]
  readonly volumeMounts?: readonly object[]
}

export const busyboxPod = (name: string, node: string, { labels, volumes, ...container }: Parts = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: name, ...labels } },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 1,
    ...(volumes && { volumes }),
    containers: [
      {
        name,
        image: `${REGISTRY}/busybox:1`,
        args: ['sh', '-c', SERVES],
        readinessProbe: { tcpSocket: { port: WEB_PORT }, periodSeconds: 1 },
        ...container,
      },
    ],
  },
})

/** A command in a pod that asks a URL for its page. */
export const wget = (url: string): string[] => [BUSYBOX, 'wget', '-q', '-T', '5', '-O', '-', url]
export const nslookup = (name: string): string[] => [BUSYBOX, 'nslookup', name]
export const shell = (line: string): string[] => [BUSYBOX, 'sh', '-c', line]
