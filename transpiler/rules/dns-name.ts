/** Names as DNS and Kubernetes write them (RFC 1123), in lower case. */

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'

/** One part of a name: at most 63 letters, digits and dashes. */
export const DNS_LABEL = new RegExp(`^${LABEL}$`)
/** Parts that are joined by dots. */
export const DNS_NAME = new RegExp(`^${LABEL}(\\.${LABEL})*$`)
