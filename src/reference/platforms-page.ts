/** docs/reference/platforms.md: the table of platforms, for people. */
import {
  type Fact,
  type Mark,
  type Part,
  PLATFORMS,
  type Platform,
  type UserDataLimit,
} from '../../schema/platforms.ts'

/** The page without its first line. */
export function platformsPage(): string {
  return `
# Platforms

Platforms whose metadata service keel-init asks for the machine config, in the order in which they are looked for.
The firmware tells the platform by any of its signs, which are files of \`/sys/class/dmi/id\`; \`keel.platform=\` on the kernel command line overrules it.
[Sources](../boot/sources.md#platforms) says what is the same on all of them.

| name | platform | signs | service | document | host name | instance id | network | user data |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${PLATFORMS.map(rowOf).join('\n')}

${PLATFORMS.flatMap(({ title, notes }) => (notes === undefined ? [] : `- **${title}.** ${notes}`)).join('\n')}

## What a node is called

With \`kubernetes.nodeLabels.fromPlatform\` a worker registers with the provider's id and the labels below, which are those that the platform's cloud controller manager gives.
A dash stands where the metadata service does not tell it; the controller adds that label later.
A word in braces stands for a piece, and the lines below the table say where the pieces are.

| name | \`providerID\` | \`topology.kubernetes.io/zone\` | \`topology.kubernetes.io/region\` | \`node.kubernetes.io/instance-type\` | as in |
| --- | --- | --- | --- | --- | --- |
${PLATFORMS.map(nodeRowOf).join('\n')}

${PLATFORMS.map(piecesText).join('\n')}
`
}

function nodeRowOf({ name, node: { providerId, zone, region, instanceType, source } }: Platform): string {
  const texts = [providerId, zone, region, instanceType].map(text => (text === undefined ? '–' : code(text)))
  return `| ${[code(name), ...texts, source.split(' ').map(code).join(' ')].join(' | ')} |`
}

function piecesText({ title, node }: Platform): string {
  const pieces = Object.entries(node.pieces).map(([name, { fact, parts = [] }]) =>
    [`${code(name)} is ${factText(fact)}`, ...parts.map(partText)].join(', '),
  )
  return `- **${title}.** ${pieces.join('; ')}.${node.notes === undefined ? '' : ` ${node.notes}`}`
}

function partText(part: Part): string {
  if (part === 'lower-case') return 'in lower case'
  if (part === 'azure-resource') return 'with its subscription and its resource group in lower case'
  if (part === 'scaleway-zone') return 'where `par1` is `fr-par-1` and `ams1` is `nl-ams-1`'
  if ('after' in part) return `what stands after the last ${code(part.after)}`
  return 'before' in part
    ? `what stands before the last ${code(part.before)}`
    : `what stands before the first ${code(part.beforeFirst)}`
}

function rowOf(row: Platform): string {
  const { name, title, marks, document, encoding, hostname, instanceId, network, userData } = row
  const cells = [
    code(name),
    title,
    marks.map(markText).join(', '),
    serviceText(row),
    `${code(document)}${encoding === 'base64' ? ' in base64' : ''}`,
    factText(hostname),
    factText(instanceId),
    network === undefined ? 'DHCP' : code(network.path),
    limitText(userData),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Where the service is; of more than one address the first that answers counts. */
function serviceText({ addresses = ['169.254.169.254'], isOnTheLink, needsLowPort }: Platform): string {
  const all = [...addresses.map(address => address.replace(/[[\]]/g, '')), ...(isOnTheLink ? [LINK] : [])]
  return `${all.map(code).join(', ')}${needsLowPort ? ', from a port below 1024' : ''}`
}

const LINK = 'fe80::a9fe:a9fe'

function markText(mark: Mark): string {
  if ('is' in mark) return `${code(mark.file)} is ${code(mark.is)}`
  if ('startsWith' in mark) return `${code(mark.file)} starts with ${code(mark.startsWith)}`
  return `${code(mark.file)} is one of Amazon's Xen`
}

function factText(fact: Fact): string {
  if ('firmware' in fact) return `the firmware's ${code(fact.firmware)}`
  return 'text' in fact ? code(fact.text) : `${code(fact.field)} of ${code(fact.json)}`
}

function limitText({ bytes, counts, packed }: UserDataLimit): string {
  const size = `${bytes} bytes${counts === 'base64' ? ' of base64' : ''}`
  return packed === 'binary' ? size : `${size}, text only`
}

const code = (text: string): string => `\`${text}\``
