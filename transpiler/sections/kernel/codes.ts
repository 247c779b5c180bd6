/** kernel: what can be wrong. */
import { code, error } from '../../diag/define.ts'

export const KERNEL_CODES = {
  'kernel-duplicate-module': error<{ name: string }>(a => `the module ${code(a.name)} is listed twice`),
  'kernel-sysctl-lines': error<{ name: string }>(
    a => `the value of ${code(a.name)} has more than one line`,
    () => 'a file below /proc/sys holds one line; write the value without | and line breaks',
  ),
  'kernel-sysctl-word': error<{ name: string; value: string; better: string }>(
    a => `${code(a.name)} cannot be ${code(a.value)}: the kernel takes numbers`,
    a => `write ${code(a.better)}`,
    'Files below /proc/sys take 1 for yes and 0 for no. They take no separators between digits. The kernel would refuse the word, and the boot would end.',
  ),
} as const
