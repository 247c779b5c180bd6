import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ImageFacts } from '../../images/index.ts'
import { kubernetesVersions } from '../../images/lock.ts'
import { lockOf } from '../lock.ts'
import type { Line } from './table.ts'
import type { Workspace } from './workspace.ts'

const MB = 1000 ** 2

/** What an image weighs with each version of Kubernetes; everything but the kubelet is the same in all of them. */
export async function benchVersions(workspace: Workspace): Promise<Line[]> {
  const lines: Line[] = []
  for (const version of kubernetesVersions(lockOf('components'))) {
    const folder = await workspace.image('uki', version)
    const { components } = JSON.parse(readFileSync(join(folder, 'image.json'), 'utf8')) as ImageFacts
    const kubelet = components.find(({ name }) => name === 'kubelet')?.files[0]?.size ?? 0
    const uki = statSync(join(folder, 'keel.efi')).size
    lines.push({ what: `UKI, cloud recipe, Kubernetes ${version}`, unit: 'MB', value: uki / MB })
    lines.push({ what: `kubelet and kubeadm ${version}, unpacked`, unit: 'MB', value: kubelet / MB })
  }
  return lines
}
