import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Vm } from '../vm/vm.ts'
import { KUBELET_PORT, type Kubelet, kubeletAt } from './client.ts'
import { clientPki } from './pki.ts'

/** The means to ask the kubelet of a machine that does not run yet. */
export type KubeletAccess = {
  /** A node config to merge: it names the authority whose clients the kubelet answers. */
  fragment: string
  of(vm: Pick<Vm, 'hostPort'>): Kubelet
  /** Writes the client's certificate and key into a folder and returns a command that uses them. */
  hint(vm: Pick<Vm, 'hostPort'>, dir: string): Promise<string>
}

/** A new authority for one run; its key is thrown away at once. */
export function kubeletAccess(now: Date): KubeletAccess {
  const { ca, client } = clientPki(now)
  const indented = ca.certificate.trim().split(/\r?\n/).join('\n      ')
  return {
    fragment: `apiVersion: keel/v1\nkubernetes:\n  clientCA:\n    inline: |\n      ${indented}\n`,
    of: vm => kubeletAt(() => vm.hostPort(KUBELET_PORT), client),
    async hint(vm, dir) {
      const [certificate, key] = [join(dir, 'client.crt'), join(dir, 'client.key')]
      writeFileSync(certificate, client.certificate)
      writeFileSync(key, client.key, { mode: 0o600 })
      return `curl -sk --cert ${certificate} --key ${key} https://127.0.0.1:${await vm.hostPort(KUBELET_PORT)}/pods`
    },
  }
}
