import type { ModuleRow } from '../recipe.ts'

/** Modules that the kernel, or a pod by its own `modprobe`, asks for by name or alias; one reason for all. */
export const asked = (why: string, ...names: string[]): ModuleRow[] =>
  names.map(name => ({ name, load: 'ask' as const, why }))
