/** health with nothing left out. */
import type { Health, HealthProbe } from '../../../schema/generated/node.ts'
import type { Placed } from '../filled.ts'

export interface FullHealth extends Omit<Placed<Health>, 'probes'> {
  readonly probes: readonly FullProbe[]
}

export interface FullProbe extends Placed<HealthProbe> {
  /** Which of its two forms it has, even if the value breaks the schema. */
  readonly given: readonly ('http' | 'tcp')[]
}
