/** Rules that hold in several sections: paths on the node and times. */
import { code, either, error, write } from '../diag/define.ts'
import type { PathUse } from './owned-path.ts'

export const RULE_CODES = {
  'duration-range': error<{ value: string; from: string; to: string; zero?: string }>(
    a =>
      `${code(a.value)} is out of range (${a.from} to ${a.to}${a.zero === undefined ? '' : `, or ${a.zero}`})`,
    undefined,
    'init has limits for each time, so that a boot neither gives up at once nor waits for days.',
  ),
  'path-control-character': error(() => 'the path contains a control character'),
  'path-not-absolute': error<{ path: string; use: PathUse }>(
    a => `${a.path === '' ? 'an empty path' : code(a.path)} is not absolute`,
    a => {
      if (a.use === 'image')
        return 'write the path of an OCI archive on the node; an image that a pod names is pulled without this list'
      if (a.path.startsWith('~')) return 'nobody has a home directory on the node; write the whole path'
      if (!/^[\w./@+-]+$/.test(a.path)) return 'write the whole path on the node, which starts with a slash'
      return write(`/${a.path.replace(/^(\.?\/)+/, '')}`)
    },
  ),
  'path-not-simple': error<{ path: string; simple: string }>(
    a => `${code(a.path)} is not in its simplest form`,
    a => write(a.simple),
  ),
  'path-of-keel': error<{ path: string; place: string; owner: string; instead: string | undefined }>(
    a =>
      a.path === a.place
        ? `${code(a.path)} belongs to ${a.owner}`
        : `${code(a.path)} belongs to ${a.owner}, like everything in ${code(a.place)}`,
    a => (a.instead === undefined ? undefined : `use ${code(a.instead)} instead`),
    'init, containerd, kubeadm and the kubelet write these files on the node. A file of yours would be overwritten, or be mistaken for one of theirs: with your own config.yaml the kubelet would run with other settings after the second boot.',
  ),
  'path-of-kernel': error<{ path: string; place: string }>(
    a => `${code(a.path)} cannot be created: the kernel fills ${code(a.place)}`,
    a =>
      a.path.startsWith('/proc/sys/')
        ? `set ${code(a.path.slice('/proc/sys/'.length).replaceAll('/', '.'))} in kernel.sysctl`
        : undefined,
  ),
  'path-of-directory': error<{ path: string; inner: string }>(
    a => `${code(a.path)} must be a directory: ${code(a.inner)} is in it`,
  ),
  'path-read-only': error<{ path: string; writable: readonly string[] }>(
    a => `${code(a.path)} cannot be created: the root filesystem of a node is read-only`,
    a => `choose a path below ${either(a.writable)}`,
    'The root of a node is a read-only image in RAM. /etc and /opt are writable layers over it, /var, /run and /tmp are RAM, and everything in them is gone after a reboot unless storage.persist keeps it.',
  ),
  'path-too-long': error<{ what: string; bytes: number; limit: number }>(
    a => `${a.what} has ${a.bytes} bytes; the limit is ${a.limit}`,
  ),
  'path-volatile': error<{ path: string; place: string }>(
    a => `${code(a.path)} cannot survive a reboot: ${code(a.place)} is emptied at every boot`,
  ),
} as const
