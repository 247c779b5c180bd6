/** Tables and metrics of routes, as the kernel counts them. */
import type { Family } from './ip.ts'

/** The table that is asked without a rule. */
export const MAIN = 254
/** The one that is asked after it. */
export const DEFAULT = 253
/** The kernel's addresses of the node itself. */
export const LOCAL = 255

/** Without a metric, and of IPv6 also with 0. */
const OWN_METRIC = { 4: 0, 6: 1024 } as const

/** Of the route that an address makes to its own network. */
export const CONNECTED_METRIC = { 4: 0, 6: 256 } as const

/** The metric that a route has in the kernel. */
export const metricOf = (family: Family, metric: number | undefined): number =>
  metric === undefined || metric === 0 ? OWN_METRIC[family] : metric
