/** kernel → modules and sysctl values, in the order in which init sets them. */
import type { Kernel } from '../../../schema/generated/machine.ts'
import type { Origins } from '../../machine/origins.ts'
import type { FullKernel } from './types.ts'

export function lowerKernel({ modules, sysctl }: FullKernel, origins: Origins): Kernel {
  return origins.from(['kernel'], {
    modules: origins.listOf(['kernel', 'modules'], modules, ({ name }) => name.replaceAll('-', '_')),
    sysctl: sysctl.map(({ at, name, value }) => origins.from(at, { name, value }, { name: at, value: at })),
  })
}
