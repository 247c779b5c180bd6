/** kubernetes: keys that fit the role, and archives of images. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import type { IsWhole } from '../../recover/broken.ts'
import { checkNodePath } from '../../rules/node-path.ts'
import type { FullConfig } from '../full-config.ts'
import { ROLES_OF_KEYS } from '../role.ts'
import { checkAuthority } from './authority.ts'

const HERE: Path = ['kubernetes']

export function checkRole({ kubernetes, storage }: FullConfig, report: Report, isWhole: IsWhole): void {
  for (const key of isWhole([...HERE, 'role']) ? kubernetes.given : []) {
    const roles = ROLES_OF_KEYS[key]
    if (roles !== undefined && !roles.includes(kubernetes.role))
      report.add(
        'kubernetes-key-without-role',
        [...HERE, ...key.split('.')],
        { key, role: kubernetes.role, roles },
        { aim: 'key' },
      )
  }
  if (kubernetes.role === 'none') return
  const images = new Set<string>()
  for (const { at, path } of kubernetes.images) {
    checkNodePath(path, at.slice(0, -1), at.at(-1) ?? 0, 'image', [], report)
    if (images.has(path)) report.add('kubernetes-duplicate-image', at, { path })
    images.add(path)
  }
  const ca = storage.files.find(({ at, isImplied }) => isImplied && at[1] === 'clientCA')
  if (ca?.contents !== undefined) checkAuthority(ca.contents, 'kubernetes-client-ca', ca.at, report)
}
