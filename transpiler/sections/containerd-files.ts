/** Settings of containerd that a node config has, as the files in which containerd finds them. */
import type { Kubernetes, RegistryCA } from '../../schema/generated/node.ts'
import type { Path } from '../path.ts'
import type { Recovered } from '../recover/recovered.ts'
import { contentsOf } from './contents.ts'
import { caFileOf, hasCredentials, hostsToml, registryFolder } from './hosts-toml.ts'
import type { FullContents, Item } from './item.ts'
import { defaultRegistries } from './registries.ts'
import type { Reading } from './section.ts'

export interface ContainerdFile extends Item {
  readonly path: string
  /** Whether only its owner may read it. */
  readonly isSecret: boolean
  readonly contents: FullContents
}

/** The drop-in with the pause image. It comes before those of the user, which win. */
export const PAUSE_DROP_IN = '/etc/containerd/conf.d/00-keel.toml'

export function containerdFiles(kubernetes: Recovered<Kubernetes>, reading: Reading): ContainerdFile[] {
  return [
    ...defaultRegistries(kubernetes).flatMap(registry => {
      const folder = registryFolder(registry.name ?? '')
      const text = hostsToml(registry)
      return [
        file(`${folder}/hosts.toml`, { text }, registry.at, hasCredentials(registry)),
        ...caFile(registry.ca, `${folder}/${caFileOf()}`, registry.at, reading),
        ...registry.mirrors.flatMap(({ ca, at }, i) => caFile(ca, `${folder}/${caFileOf(i)}`, at, reading)),
      ]
    }),
    ...pauseFile(kubernetes),
  ]
}

const file = (path: string, contents: FullContents, at: Path, isSecret = false): ContainerdFile => ({
  at,
  path,
  isSecret,
  contents,
})

function caFile(
  ca: Recovered<RegistryCA> | undefined,
  path: string,
  server: Path,
  reading: Reading,
): ContainerdFile[] {
  if (ca === undefined) return []
  const at = [...server, 'ca']
  const contents = contentsOf(ca, at, 'kubernetes-registry-ca-choice', reading)
  return contents === undefined ? [] : [file(path, contents, at)]
}

function pauseFile({ pauseImage }: Recovered<Kubernetes>): ContainerdFile[] {
  if (pauseImage === undefined) return []
  const text = `version = 4

[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = ${JSON.stringify(pauseImage)}
`
  return [file(PAUSE_DROP_IN, { text }, ['kubernetes', 'pauseImage'])]
}
