import { join, relative } from 'node:path'
import {
  buildImage,
  cacheFolder,
  type ImageFacts,
  isImageVersion,
  isVersion,
  KINDS,
  type Kind,
  nodeEnvironment,
  RECIPES,
} from '../../images/index.ts'
import { KUBERNETES_VERSIONS } from '../../schema/generated/kubernetes-versions.ts'
import { Command, InvalidArgumentError, Option } from '../cli/command-line.ts'
import type { Env } from '../cli/env.ts'
import { UsageError } from '../cli/errors.ts'
import { bytesOf } from '../cli/option-values.ts'
import { describeBuildError } from '../image/build-error.ts'
import { findCheckout } from '../image/checkout.ts'
import { IMAGE_DIR } from '../image/image-files.ts'
import { checkKernelCommandLine } from '../image/kernel-command-line.ts'

declare const KEEL_VERSION: string

interface Flags {
  recipe: string
  as: Kind
  output?: string
  cmdline?: string
  espSize?: number
  imageVersion?: string
  kubernetes?: string
  locked?: true
  json?: true
  without?: string[]
}

/** 0: built. 3: no checkout, a tool failed, or the mirror has not what the lock pins. */
export async function imageBuild(flags: Flags, env: Env): Promise<0 | 3> {
  const checkout = findCheckout(env)
  if (!checkout) {
    env.stderr(
      'keelctl: an image is built from the sources of Keel; run this in a checkout of its repository\n',
    )
    return 3
  }
  checkOptions(flags)
  // Where vm run and plan look for it, whatever folder this is run in.
  const outDir = flags.output ?? relative(env.cwd, join(checkout, folderOf(flags)))
  const environment = nodeEnvironment(env.vars, env.stderr, env.isTerminal.stderr)
  const options = {
    recipe: flags.recipe,
    kind: flags.as,
    outDir,
    locked: flags.locked ?? false,
    keelVersion: KEEL_VERSION,
    imageVersion: flags.imageVersion ?? KEEL_VERSION,
    cmdline: flags.cmdline,
    espBytes: flags.espSize,
    kubernetes: otherVersion(flags.kubernetes),
    without: flags.without ?? [],
  }
  try {
    const facts = await buildImage(options, { checkout, cache: cacheFolder(env.vars) }, environment)
    env.stdout(flags.json ? `${JSON.stringify(facts, null, 2)}\n` : summary(facts, outDir))
    return 0
  } catch (error) {
    env.stderr(`keelctl: ${describeBuildError(error)}\n`)
    return 3
  }
}

/** Two images of different content are not put into one folder unless an option asks for it. */
function folderOf({ recipe, as, kubernetes }: Flags): string {
  const parts = [recipe === 'cloud' ? '' : recipe, as === 'kernel' ? '' : as, otherVersion(kubernetes) ?? '']
  return [IMAGE_DIR, ...parts.filter(Boolean)].join('-')
}

/** A word that nothing carries would be lost silently. */
function checkOptions({ recipe, as, cmdline, espSize }: Flags): void {
  if (cmdline !== undefined && !KINDS[as].boots)
    throw new UsageError(
      '--cmdline has no effect here: the program that starts the kernel sets its command line; this kind of image carries none',
    )
  if (espSize !== undefined && as !== 'disk' && as !== 'qcow2')
    throw new UsageError('--esp-size: only a disk has a partition that it boots from')
  checkKernelCommandLine(
    [RECIPES[recipe]?.({ keelVersion: KEEL_VERSION, imageVersion: KEEL_VERSION }).cmdline, cmdline]
      .filter(Boolean)
      .join(' '),
  )
}

const MIB = 1024 * 1024

function espSize(text: string): number {
  const size = bytesOf(text)
  if (size % MIB === 0 && size >= 64 * MIB && size <= 32 * 1024 * MIB) return size
  throw new InvalidArgumentError('it must be an integer number of mebibytes from 64MiB to 32GiB, like 512MiB')
}

function imageVersion(text: string): string {
  if (isImageVersion(text)) return text
  throw new InvalidArgumentError(
    'it must be letters, digits, and . _ ~ - behind the first, 40 at most, like 2026.12.1',
  )
}

/** The version of a minor, or the version itself. */
function kubernetesVersion(text: string): string {
  const version = KUBERNETES_VERSIONS.find(one => isVersion(one, text))
  if (version === undefined)
    throw new InvalidArgumentError(
      `it must be one of ${KUBERNETES_VERSIONS.join(', ')}, or one of their minors`,
    )
  return version
}

/** What a folder is named by, and what is built in the place of the default version. */
function otherVersion(version: string | undefined): string | undefined {
  return version === KUBERNETES_VERSIONS[0] ? undefined : version
}

const mebibytes = (size: number): string => `${(size / MIB).toFixed(1)} MiB`

function summary(
  { recipe, kind, kubernetesVersion, files, root, components, lockExact, substitutes, cmdline }: ImageFacts,
  dir: string,
): string {
  const lines = [
    `${recipe} as ${kind}${kubernetesVersion === undefined ? '' : `, Kubernetes ${kubernetesVersion}`}`,
    ...files.map(file => `${dir}/${file.path}  ${mebibytes(file.size)}  sha256:${file.sha256}`),
    `root: ${mebibytes(root.size)}`,
    ...(cmdline === undefined ? [] : [`kernel command line: ${cmdline}`]),
    `components: ${components.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
    lockExact
      ? 'every component is the one that the lock pins'
      : `NOT what the lock pins: ${substitutes.map(({ name, pinned, used }) => `${name} ${used} instead of ${pinned}`).join(', ')} (keelctl image lock pins what the mirror has)`,
  ]
  return `${lines.join('\n')}\n`
}

const EXAMPLES = `Examples:
  keelctl image build                              # kernel and initramfs, in dist/image
  keelctl image build --as qcow2 -o out            # a disk for QEMU and libvirt
  keelctl image build --recipe metal --as pxe      # a folder for an HTTP server
  keelctl image build --kubernetes 1.36            # another minor, in dist/image-1.36.3
  keelctl image build --as uki --cmdline 'keel.platform=none'
`

const kindLines = (): string =>
  Object.entries(KINDS)
    .map(([name, { description }]) => `  ${name.padEnd(8)} ${description}\n`)
    .join('')

export const command = (env: Env): Command =>
  new Command()
    .addOption(
      new Option('--recipe <name>', 'the contents of the image')
        .choices(Object.keys(RECIPES))
        .default('cloud'),
    )
    .addOption(
      new Option('--as <kind>', 'the kind of the image').choices(Object.keys(KINDS)).default('kernel'),
    )
    .option(
      '-o, --output <dir>',
      'folder for the image (default: dist/image of the checkout, with recipe, kind and version of Kubernetes behind)',
    )
    .option('--cmdline <words>', 'more words for the kernel, where the image carries its command line')
    .option('--esp-size <size>', 'size of the partition that a disk boots from (default: 512MiB)', espSize)
    .option(
      '--kubernetes <version>',
      `version of Kubernetes: ${KUBERNETES_VERSIONS.join(', ')}, or one of their minors (default: ${KUBERNETES_VERSIONS[0]})`,
      kubernetesVersion,
    )
    .option(
      '--image-version <version>',
      'what the image is called (default: the version of Keel)',
      imageVersion,
    )
    .option('--locked', 'stop if the package mirror no longer has what the lock pins')
    .option('--json', 'the summary as JSON')
    .addOption(
      new Option(
        '--without <path...>',
        'leave files out of the image (for tests that prove their need)',
      ).hideHelp(),
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', `\nKinds:\n${kindLines()}`)
    .action(async (flags: Flags) => {
      process.exitCode = await imageBuild(flags, env)
    })
