import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Accelerator } from './qemu.ts'

const KVM = '/dev/kvm'
const DEADLINE_S = 10

/**
 * KVM when it boots this kernel, else emulation. That `/dev/kvm` exists proves nothing: nested or broken virtualization may hang a
 * guest. So the kernel is booted without an initramfs: it must come as far as missing its root filesystem.
 */
export async function chooseAccelerator(kernel: string): Promise<Accelerator> {
  try {
    accessSync(KVM, constants.R_OK | constants.W_OK)
  } catch {
    return 'tcg'
  }
  const dir = mkdtempSync(join(tmpdir(), 'keel-kvm-'))
  try {
    const consoleFile = join(dir, 'console')
    await probeBoot(kernel, consoleFile)
    // A QEMU that does not even start leaves none; the boot that follows says why.
    const console = existsSync(consoleFile) ? readFileSync(consoleFile, 'latin1') : ''
    return /Unable to mount root fs/.test(console) ? 'kvm' : 'tcg'
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Ends by itself when the kernel panics and resets, and after the deadline in any case. */
function probeBoot(kernel: string, consoleFile: string): Promise<void> {
  const guest = [
    '-accel',
    'kvm',
    '-cpu',
    'host',
    '-m',
    '256',
    '-nodefaults',
    '-no-reboot',
    '-display',
    'none',
  ]
  const boot = ['-kernel', kernel, '-append', 'console=ttyS0 panic=-1', '-serial', `file:${consoleFile}`]
  const argv = ['--signal=KILL', String(DEADLINE_S), 'qemu-system-x86_64', ...guest, ...boot]
  return new Promise((resolve, reject) => {
    const child = spawn('timeout', argv, { stdio: 'ignore' })
    child.once('error', reject)
    child.once('close', () => resolve())
  })
}
