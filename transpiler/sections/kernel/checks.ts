/** kernel: each module and each sysctl once, and values that fit one line and mean something to the kernel. */
import type { Report } from '../../diag/report.ts'
import type { FullConfig } from '../full-config.ts'

/** Words of YAML 1.1 that no file below /proc/sys takes. `on` and `off` are not among them: kernel.printk_devkmsg does. */
const TRUTHS: Readonly<Record<string, string>> = { yes: '1', true: '1', no: '0', false: '0' }

export function checkKernel({ kernel }: FullConfig, report: Report): void {
  const modules = new Map<string, (typeof kernel.modules)[number]>()
  for (const module of kernel.modules) {
    // The kernel takes - and _ for the same.
    const name = module.name.replaceAll('-', '_')
    const first = modules.get(name)
    if (first === undefined) modules.set(name, module)
    else
      report.add(
        'kernel-duplicate-module',
        module.at,
        { name },
        { related: [{ path: first.at, message: 'first named here' }] },
      )
  }
  for (const { at, name, value } of kernel.sysctl) {
    if (/[\n\r\0]/.test(value)) report.add('kernel-sysctl-lines', at, { name })
    const better = TRUTHS[value.toLowerCase()] ?? withoutSeparators(value)
    if (better !== undefined) report.add('kernel-sysctl-word', at, { name, value, better })
  }
}

/** A number as programming languages and YAML 1.1 group its digits. */
function withoutSeparators(value: string): string | undefined {
  return /^[1-9]\d*(_\d{3})+$/.test(value) ? value.replaceAll('_', '') : undefined
}
