/** Certificate authorities in PEM. */
import type { Report } from '../../diag/report.ts'
import type { Path } from '../../path.ts'
import { bytesOfBase64 } from '../../rules/base64.ts'
import type { FullContents } from '../item.ts'

const BEGIN = '-----BEGIN CERTIFICATE-----'
const BLOCK = /-----BEGIN CERTIFICATE-----\s([\sA-Za-z0-9+/=]+)-----END CERTIFICATE-----/g
/** First byte of a sequence in DER, which a certificate is. */
const SEQUENCE = 0x30

/** Whose authority it is, for the code. */
export type AuthorityOf = 'kubernetes-client-ca' | 'kubernetes-registry-ca'

/** A private key is not shown to every server, and with a damaged certificate a program trusts none. */
export function checkAuthority(contents: FullContents, of: AuthorityOf, at: Path, report: Report): void {
  const pem = 'text' in contents ? contents.text : ''
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return report.add(`${of}-key`, at, {})
  const blocks = [...pem.matchAll(BLOCK)].map(([, body = '']) => body)
  if (blocks.length === 0) return report.add(of, at, {})
  const count = pem.split(BEGIN).length - 1
  const damaged = blocks.findIndex(body => !isWhole(bytesOfBase64(body)))
  if (damaged !== -1 || count > blocks.length)
    report.add('kubernetes-certificate-damaged', at, {
      number: (damaged === -1 ? count - 1 : damaged) + 1,
      count,
    })
}

/** Whether a DER sequence is as long as it says. */
function isWhole(bytes: Uint8Array | undefined): boolean {
  const [first, short = 0, ...rest] = bytes?.subarray(0, 6) ?? []
  if (bytes === undefined || first !== SEQUENCE) return false
  if (short < 0x80) return bytes.length === 2 + short
  const digits = short - 0x80
  const length = rest.slice(0, digits).reduce((sum, digit) => sum * 256 + digit, 0)
  return bytes.length === 2 + digits + length
}
