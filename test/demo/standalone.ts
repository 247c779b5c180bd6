import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheFolder } from '../../images/apt.mjs'
import { IMAGE_DIR, imageFilesIn } from '../../src/image/image-files.ts'
import { kubeletAccess } from '../../src/kubelet/access.ts'
import { chooseAccelerator } from '../../src/vm/accelerator.ts'
import { run, step } from '../progress.mjs'
import { emptyDisk, filesystemAt, inodeOf, replaceIn } from '../vm/disk.ts'
import { durableActions } from '../vm/outline.ts'
import { bootAndAsk, type Demo, type Seen } from './boot.ts'
import { keptFile } from './kept-file.ts'
import { inFolder } from './machine.ts'
import { cachedText, firstBootText, laterBootText } from './summary.ts'

const CONFIG = 'fixtures/demo/worker.keel.yaml'
const DISK_MIB = 4096
const CHANGE = 'somebody changed this file while the machine was off\n'

/** From a YAML file to a running pod, twice more to show that nothing is done twice, and that one change is one action. */
export function standaloneDemo(): Promise<void> {
  return inFolder(async dir => threeBoots(await prepare(dir)))
}

/** A machine config, an image and the place of a disk. */
async function prepare(dir: string): Promise<Demo> {
  const access = kubeletAccess(new Date())
  const fragment = join(dir, 'kubelet-access.keel.yaml')
  writeFileSync(fragment, access.fragment)
  const machineFile = join(dir, 'machine.json')
  const keelctl = ['node', 'dist/keelctl']
  await step(`keelctl transpile ${CONFIG}`, () =>
    run('demo-transpile', [...keelctl, 'transpile', CONFIG, fragment, '-o', machineFile]),
  )
  const onLine = (line: string) => void process.stderr.write(`  ${line}\n`)
  // It shows its own steps.
  await run('demo-image-build', [...keelctl, 'image', 'build'], { onLine })
  const image = imageFilesIn(IMAGE_DIR)
  const disk = join(cacheFolder(process.env), 'demo', 'disk.img')
  mkdirSync(dirname(disk), { recursive: true })
  return {
    dir,
    access,
    image,
    disk,
    config: readFileSync(machineFile, 'utf8'),
    accelerator: await chooseAccelerator(image.kernel),
  }
}

async function threeBoots(demo: Demo): Promise<void> {
  const kept = keptFile(demo.config)
  const inode = () => inodeOf(filesystemAt(demo.disk, kept.partition), kept.onDisk)

  emptyDisk(demo.disk, DISK_MIB)
  process.stdout.write(firstBootText(await bootAndAsk(demo, 'first boot, empty disk'), demo))
  const before = inode()

  const second = await bootAndAsk(demo, 'second boot, same disk')
  process.stdout.write(laterBootText('Second boot, same disk', second))
  expectChanges(second, [])
  if (inode() !== before) throw new Error(`${kept.path} changed between the boots:\n${before}\n${inode()}`)
  process.stdout.write(`  persisted file  ${kept.path} unchanged, down to its inode and its times\n`)

  const changed = join(demo.dir, 'changed')
  writeFileSync(changed, CHANGE)
  replaceIn(filesystemAt(demo.disk, kept.partition), kept.onDisk, changed)
  const third = await bootAndAsk(demo, 'third boot, one file changed from outside')
  process.stdout.write(laterBootText(`Third boot, after ${kept.path} was changed from outside`, third))
  expectChanges(third, [`write-file ${kept.path}`])
  process.stdout.write(cachedText(demo))
}

/** Exactly these changes on disk and no other. */
function expectChanges(seen: Seen, wanted: string[]): void {
  const found = durableActions(seen.events)
  if (found.join('\n') !== wanted.join('\n')) {
    throw new Error(
      `expected ${wanted.length} changes on disk [${wanted.join(', ')}], saw ${found.length} [${found.join(', ')}]`,
    )
  }
}
