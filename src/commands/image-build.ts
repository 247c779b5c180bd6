import { buildImage, cacheFolder, type ImageFacts, KINDS, nodeWorld, RECIPES } from '../../images/index.ts'
import { findCheckout } from '../checkout.ts'
import { Command, Option } from '../command-line.ts'
import type { Env } from '../env.ts'
import { worldTrouble } from '../world-trouble.ts'

declare const KEEL_VERSION: string

interface Flags {
  recipe: string
  as: (typeof KINDS)[number]
  output: string
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
  const world = nodeWorld(env.vars, env.stderr, env.isTerminal.stderr)
  const options = {
    recipe: flags.recipe,
    kind: flags.as,
    outDir: flags.output,
    locked: flags.locked ?? false,
    keelVersion: KEEL_VERSION,
    without: flags.without ?? [],
  }
  try {
    const facts = await buildImage(options, { checkout, cache: cacheFolder(env.vars) }, world)
    env.stdout(flags.json ? `${JSON.stringify(facts, null, 2)}\n` : summary(facts, flags.output))
    return 0
  } catch (error) {
    env.stderr(`keelctl: ${worldTrouble(error)}\n`)
    return 3
  }
}

const mebibytes = (size: number): string => `${(size / 1024 / 1024).toFixed(1)} MiB`

function summary(
  { files, root, components, lockExact, substitutes, rootFormat }: ImageFacts,
  dir: string,
): string {
  const lines = [
    ...files.map(file => `${dir}/${file.path}  ${mebibytes(file.size)}  sha256:${file.sha256}`),
    `root: ${rootFormat}, ${mebibytes(root.size)}`,
    `components: ${components.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
    lockExact
      ? 'every component is the one that the lock pins'
      : `NOT what the lock pins: ${substitutes.map(({ name, pinned, used }) => `${name} ${used} instead of ${pinned}`).join(', ')} (keelctl image lock pins what the mirror has)`,
  ]
  return `${lines.join('\n')}\n`
}

export const command = (env: Env): Command =>
  new Command('build')
    .description('build a bootable image from the component lock')
    .addOption(new Option('--recipe <name>', 'what goes in').choices(Object.keys(RECIPES)).default('cloud'))
    .addOption(new Option('--as <kind>', 'the form of the image').choices([...KINDS]).default('kernel'))
    .option('-o, --output <dir>', 'folder for the image', 'dist/image')
    .option('--locked', 'stop if the package mirror no longer has what the lock pins')
    .option('--json', 'the summary as JSON')
    .addOption(
      new Option(
        '--without <path...>',
        'leave files out of the image (for tests that prove their need)',
      ).hideHelp(),
    )
    .addHelpText('before', 'Example:\n  keelctl image build -o dist/image\n')
    .action(async (flags: Flags) => {
      process.exitCode = await imageBuild(flags, env)
    })
