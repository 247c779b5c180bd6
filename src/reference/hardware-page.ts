/** docs/reference/hardware.md: the devices of each platform, with the images that drive them. */
import { HARDWARE, type HardwareRow, modaliasOf } from '../../images/index.ts'

/** What people call a platform of `images/hardware.json`, in the order of the page. */
const PLATFORMS: Readonly<Record<string, string>> = {
  aws: 'AWS EC2',
  gcp: 'Google Cloud',
  azure: 'Azure and Hyper-V',
  digitalocean: 'DigitalOcean',
  hetzner: 'Hetzner',
  openstack: 'OpenStack',
  qemu: 'QEMU and libvirt',
  vmware: 'VMware',
  xen: 'Xen',
  server: 'Servers',
}

/** The body of the page. A platform without a name here is an error: its devices would be left out. */
export function hardwarePage(): string {
  const nameless = HARDWARE.flatMap(({ platforms }) => platforms).find(platform => !(platform in PLATFORMS))
  if (nameless !== undefined) throw new Error(`hardware.json has the platform ${nameless}, which has no name`)
  const sections = Object.entries(PLATFORMS).map(([platform, name]) => {
    const rows = HARDWARE.filter(({ platforms }) => platforms.includes(platform))
    return `## ${name}\n\n${HEAD}${rows.map(lineOf).join('')}`
  })
  return `# Hardware

Which devices an image drives: by \`cloud\` or \`metal\`, the recipes of \`keelctl image build\`.
PCI devices have vendor and device id, as \`lspci -nn\` prints them; other devices what their file \`modalias\` says.
Each row is held against the images by a test: the driver must be in the image or part of its kernel, and the kernel must say that it drives the device.

${sections.join('\n')}`
}

const HEAD = '| device | kind | id | driver | recipes | known from |\n| --- | --- | --- | --- | --- | --- |\n'

function lineOf(row: HardwareRow): string {
  const id = row.pci?.id ?? row.vmbus ?? modaliasOf(row)
  const cells = [row.device, row.class, `\`${id}\``, row.driver, row.recipes.join(', '), row.source]
  return `| ${cells.join(' | ')} |\n`
}
