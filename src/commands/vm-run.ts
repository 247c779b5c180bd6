/** keelctl vm run: boots an image with a config, shows what happens, ends with the machine. */
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type Source, transpile } from '../../transpiler/index.ts'
import { Command, InvalidArgumentError, Option } from '../cli/command-line.ts'
import {
  type DiagnosticsOptions,
  formatDiagnostics,
  withDiagnosticsOptions,
} from '../cli/diagnostics-output.ts'
import type { Env } from '../cli/env.ts'
import { EnvironmentError } from '../cli/errors.ts'
import { bytesOf, mebibytesOf } from '../cli/option-values.ts'
import { readLocalWith, readSources } from '../config/read-sources.ts'
import { findCheckout } from '../image/checkout.ts'
import { IMAGE_DIR, type ImageFiles, imageFilesIn } from '../image/image-files.ts'
import { checkKernelCommandLine } from '../image/kernel-command-line.ts'
import { type KubeletAccess, kubeletAccess } from '../kubelet/access.ts'
import { KUBELET_PORT } from '../kubelet/client.ts'
import { chooseAccelerator } from '../vm/accelerator.ts'
import { eventSink } from '../vm/event-sink.ts'
import { eventText } from '../vm/event-text.ts'
import { followFile } from '../vm/follow-file.ts'
import { machineInFolder } from '../vm/machine-in-folder.ts'
import { CMDLINE, DEFAULTS } from '../vm/qemu.ts'
import { type NodeEvent, startVm, type Vm } from '../vm/vm.ts'

interface Flags extends DiagnosticsOptions {
  disk?: string
  size: number
  image?: string
  memory: number
  cmdline?: string
  events?: string
  console?: true
  keep?: true
  timeout?: number
}

/** 0: the node was switched off in order. 1: the config has errors. 3: a failed boot, or a machine that had to be killed. */
export async function vmRun(files: string[], flags: Flags, env: Env): Promise<0 | 1 | 3> {
  checkKernelCommandLine([CMDLINE, flags.cmdline].filter(Boolean).join(' '))
  const image = findImage(flags.image, env)
  const config = configOf(readSources(files, env), flags, env)
  if (!config) return 1
  const sink = eventSink(flags.events, env)
  const dir = mkdtempSync(join(tmpdir(), 'keel-vm-'))
  try {
    const vm = await start(dir, image, config, flags)
    // A reader of this line may end the machine at once.
    const stop = powerButton(vm, env)
    announce(vm, image, config, dir, env)
    return await follow(vm, stop, sink, flags, env)
  } finally {
    if (flags.keep) env.stderr(`kept: ${dir}\n`)
    else rmSync(dir, { recursive: true, force: true })
  }
}

function findImage(dir: string | undefined, env: Env): ImageFiles {
  const checkout = findCheckout(env)
  if (dir === undefined && checkout === undefined) {
    throw new EnvironmentError(
      'no image: give its folder with --image, or run this in a checkout of Keel, where keelctl image build makes one',
    )
  }
  const image = imageFilesIn(dir ?? join(checkout ?? '', IMAGE_DIR))
  const missing = [image.kernel, image.initramfs].find(file => !existsSync(file))
  if (missing !== undefined)
    throw new EnvironmentError(`${missing} does not exist; keelctl image build makes it`)
  return image
}

type Config = { text: string; access: KubeletAccess | undefined }

const CLIENT_CA = '/run/keel/kubelet/client-ca.crt'

/** The machine config. A kubelet without a client CA gets one of this run, so that its pods can be queried. */
function configOf(sources: Source[], flags: Flags, env: Env): Config | undefined {
  const options = { readLocal: readLocalWith(env) }
  const result = transpile(sources, options)
  env.stderr(formatDiagnostics(result, flags, 'stderr', env))
  if (result.text === undefined || result.machine === undefined) return undefined
  const { kubernetes, storage } = result.machine
  const isAnswering = kubernetes.role !== 'standalone' || storage.files.some(({ path }) => path === CLIENT_CA)
  const access = isAnswering ? undefined : kubeletAccess(new Date())
  if (access === undefined) return { text: result.text, access }
  const fragment = { name: 'kubelet-access.keel.yaml', text: access.fragment }
  return { text: transpile([...sources, fragment], options).text ?? result.text, access }
}

async function start(dir: string, image: ImageFiles, config: Config, flags: Flags): Promise<Vm> {
  const disk = flags.disk ?? join(dir, 'disk.img')
  if (!existsSync(disk)) {
    writeFileSync(disk, '')
    truncateSync(disk, flags.size)
  }
  const accelerator = await chooseAccelerator(image.kernel)
  const disks = [{ file: disk, serial: DEFAULTS.diskSerial }]
  const options = {
    image,
    accelerator,
    config: config.text,
    disks,
    memoryMib: flags.memory,
    cmdline: flags.cmdline,
    ports: [KUBELET_PORT],
  }
  return startVm(machineInFolder(dir, options))
}

/** Says what boots, how it is ended, and how its pods can be looked at. */
function announce(vm: Vm, { kernel }: ImageFiles, { access }: Config, dir: string, env: Env): void {
  const how = vm.machine.accelerator === 'kvm' ? 'KVM' : 'emulation: no KVM that boots this kernel'
  env.stderr(`booting ${kernel} (${how}); Ctrl-C presses the power button, twice powers off at once\n`)
  const say = (hint: string) => env.stderr(`once the kubelet answers: ${hint}\n`)
  // A QEMU that does not run is reported at its end.
  access?.hint(vm, dir).then(say, () => undefined)
}

/** Shows what happens until the machine is off. */
async function follow(
  vm: Vm,
  stop: () => void,
  sink: (event: NodeEvent) => void,
  flags: Flags,
  env: Env,
): Promise<0 | 3> {
  const unfollow = flags.console ? followFile(vm.machine.consoleFile, text => env.stderr(text)) : undefined
  let isFatal = false
  vm.each(event => {
    sink(event)
    const text = flags.console ? undefined : eventText(event)
    if (text) env.stderr(`${text}\n`)
    isFatal ||= event.type === 'failed' && event.fatal === true
    // A node that halts would stay forever; one that reboots ends QEMU by itself.
    if (isHalt(event)) vm.kill()
  })
  const timer = flags.timeout === undefined ? undefined : setTimeout(stop, flags.timeout)
  const exit = await vm.exited.catch((error: Error) => {
    throw new EnvironmentError(error.message)
  })
  clearTimeout(timer)
  for (const signal of TERMINATION_SIGNALS) process.removeListener(signal, stop)
  unfollow?.()
  const isClean = vm.events.some(event => event.type === 'shutdown-finished' && event.clean === true)
  if (isClean && !isFatal) return 0
  if (!flags.console) env.stderr(`${vm.console()}\n`)
  env.stderr(
    `keelctl: the machine did not shut down cleanly (QEMU: ${exit.signal ?? exit.code}) ${exit.stderr}\n`,
  )
  return 3
}

function isHalt(event: NodeEvent): boolean {
  return event.type === 'shutdown-finished' && event.then === 'halt'
}

/** A signal that ends this run must end the machine, too: without an answer to the signal it would stay, and its folder too. */
const TERMINATION_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** First the power button, then the plug. */
function powerButton(vm: Vm, env: Env): () => void {
  let presses = 0
  const stop = () => {
    presses += 1
    if (presses > 1) return vm.kill()
    vm.command('system_powerdown').catch((error: Error) => env.stderr(`keelctl: ${error.message}\n`))
  }
  for (const signal of TERMINATION_SIGNALS) process.on(signal, stop)
  return stop
}

function millisecondsOf(text: string): number {
  const [, value, unit] = /^([1-9]\d*)(s|m)$/.exec(text) ?? []
  if (value === undefined) throw new InvalidArgumentError('it must be a number with s or m, like 90s')
  return Number(value) * (unit === 'm' ? 60_000 : 1000)
}

export const command = (env: Env): Command =>
  withDiagnosticsOptions(new Command())
    .argument('<config...>', 'node configs, merged in this order; - is standard input')
    .option(
      '--disk <file>',
      'disk image to use and to keep; created if it does not exist (default: a new one for this run)',
    )
    .addOption(
      new Option('--size <size>', 'size of a new disk').argParser(bytesOf).default(4 * 2 ** 30, '4GiB'),
    )
    .option('--image <dir>', `folder of the image (default: ${IMAGE_DIR} of the checkout)`)
    .addOption(
      new Option('--memory <size>', 'memory of the machine')
        .argParser(mebibytesOf)
        .default(DEFAULTS.memoryMib, '2GiB'),
    )
    .option('--cmdline <words>', 'words to add to the kernel command line')
    .option('--events <file>', 'write every event as a JSON line; - is standard output')
    .option('--console', 'show the serial console instead of the events')
    .option('--keep', "keep the run's folder and say where it is")
    .option('--timeout <time>', 'press the power button after this time', millisecondsOf)
    .addHelpText('before', 'Example:\n  keelctl vm run fixtures/demo/worker.keel.yaml\n')
    .action(async (files: string[], flags: Flags) => {
      process.exitCode = await vmRun(files, flags, env)
    })
