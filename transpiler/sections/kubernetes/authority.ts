/** Certificate authorities in PEM. */
import type { FullContents } from '../item.ts'

/** Whether it is a private key, or at least no certificate. */
export function authorityProblem(contents: FullContents): 'key' | 'no-certificate' | undefined {
  const pem = 'text' in contents ? contents.text : ''
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return 'key'
  const hasOne = /-----BEGIN CERTIFICATE-----\s[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/.test(pem)
  return hasOne ? undefined : 'no-certificate'
}
