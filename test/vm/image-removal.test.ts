import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { imageFilesIn } from '../../src/image/image-files.ts'
import type { NodeEvent } from '../../src/vm/vm.ts'
import { imageFacts } from '../image/opened.ts'
import { agentFragment } from './agent.ts'
import { IN_RAM, NETWORK, ON_DISK } from './configs.ts'
import { outline } from './outline.ts'
import { boot, newDisk, tempDir } from './vm.ts'

const MODULES = `/lib/modules/${imageFacts().kernelRelease}`
const WAIT_MS = 90_000

/** A node that runs containerd and the kubelet, in RAM. */
const KUBERNETES = `
apiVersion: keel/v1
hostname: removed
kubernetes:
  role: standalone
  images: [/usr/lib/keel/images/demo.tar]
`

interface Row {
  /** A file or a directory; `initramfs:` in front means that of the first root. */
  without: string
  config: string[]
  /** The failure that names its lack, as one line of the boot's outline. */
  reason: RegExp
}

/** Parts of the image, each with the failure that the boot of an image without it reports. */
const ROWS: Row[] = [
  { without: 'initramfs:/root.img', config: [IN_RAM], reason: /^fatal root mount-failed \/root.img$/ },
  {
    without: `initramfs:${MODULES}/kernel/fs/squashfs/squashfs.ko`,
    config: [IN_RAM],
    reason: /^fatal modules module-refused squashfs$/,
  },
  // Nothing can be mounted where nothing is.
  { without: '/tmp', config: [IN_RAM], reason: /^fatal mounts kernel-refused \/tmp$/ },
  { without: '/bin/keel-init', config: [IN_RAM], reason: /^fatal root mount-failed \/bin\/keel-init$/ },
  {
    without: `${MODULES}/modules.keel`,
    config: [IN_RAM],
    reason: /^fatal modules module-missing .*modules.keel$/,
  },
  {
    without: `${MODULES}/kernel/drivers/firmware/qemu_fw_cfg.ko`,
    config: [IN_RAM],
    reason: /^fatal modules module-refused qemu_fw_cfg$/,
  },
  {
    without: `${MODULES}/kernel/drivers/block/virtio_blk.ko`,
    config: [ON_DISK],
    reason: /^fatal modules module-refused virtio_blk$/,
  },
  {
    without: `${MODULES}/kernel/drivers/watchdog/softdog.ko`,
    config: [IN_RAM, 'apiVersion: keel/v1\nwatchdog: {}\n'],
    reason: /^failed verify watchdog-missing /,
  },
  { without: '/bin/mke2fs', config: [ON_DISK], reason: /^fatal disks process-missing \/bin\/mke2fs$/ },
  {
    without: '/bin/containerd',
    config: [KUBERNETES, NETWORK],
    reason: /^f\w+ runtime process-missing \/bin\/containerd$/,
  },
  {
    without: '/bin/kubelet',
    config: [KUBERNETES, NETWORK],
    reason: /^f\w+ runtime process-missing \/bin\/kubelet$/,
  },
  {
    without: '/bin/ctr',
    config: [KUBERNETES, NETWORK, agentFragment()],
    reason: /^f\w+ runtime image-import-failed \/var\/lib\/agent.tar$/,
  },
]

test.each(ROWS)(
  'an image without $without does not boot, and says why',
  async ({ without, config, reason }) => {
    const dir = tempDir()
    execFileSync('node', ['dist/keelctl', 'image', 'build', '-o', dir, '--without', without], {
      stdio: 'pipe',
    })
    const image = imageFilesIn(dir)
    const vm = await boot({ image, config, disk: newDisk(), memoryMib: 1536 })
    const isFailure = (event: NodeEvent): boolean => event.type === 'failed' || event.type === 'steady'
    const failure = await vm.waitFor('a failure', isFailure, WAIT_MS)
    expect(outline([failure])[0], vm.console()).toMatch(reason)
  },
)
