/** What a machine can be called. Exactly the names that init takes from DHCP and metadata, in lower case. */
import { DNS_LABEL } from './dns-name.ts'
import { type FormProblem, isIpv4 } from './host.ts'

/** Why a text cannot be the name of a machine, as a phrase that follows a colon, and what was probably meant. */
export function hostNameProblem(name: string): FormProblem | undefined {
  const why = problemOf(name)
  if (why === undefined) return undefined
  const better = name.trim().toLowerCase().replaceAll(/[_ ]+/g, '-').replace(/\.$/, '')
  return { why, better: better !== name && problemOf(better) === undefined ? better : undefined }
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (/\s/.test(name)) return 'it contains a space'
  if (/[A-Z]/.test(name)) return 'it contains capital letters'
  if (name.includes('_')) return 'it contains an underscore'
  if (/[^a-z0-9.-]/.test(name)) return 'only lower-case letters, digits, dashes and dots are allowed'
  const labels = name.split('.')
  if (labels.includes('')) return 'it has a dot too many'
  if (labels.some(label => label.length > 63)) return 'a part between two dots has more than 63 characters'
  if (!labels.every(label => DNS_LABEL.test(label)))
    return 'each part between two dots must start and end with a letter or digit'
  if (isIpv4(name)) return 'it is an IPv4 address'
  // On every machine it means that machine.
  return labels[0] === 'localhost' ? 'localhost always means the machine itself' : undefined
}
