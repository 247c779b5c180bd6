/** Images that the suites of others name, made of Debian's packages and of programs that are compiled here. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { authority, serverIdentity } from '../../src/kubelet/pki.ts'
import { filesImage, type Image, type LayerPart } from '../registry/image.ts'
import { type Built, dirOf, PATH, packagePart, toolsLayer } from '../registry/parts.ts'
import { tempDir } from '../vm/vm.ts'

const DAY_MS = 86_400_000

/** Packages of images/long.lock.json: nginx, and its libraries. */
export const NGINX = ['nginx', 'libcrypt1', 'libpcre2-8-0', 'libssl3t64', 'libzstd1', 'zlib1g']

/** The same for what the conformance tests call in the image `agnhost`: curl, and the netcat of OpenBSD. */
export const CALLERS = [
  ...[
    'dash',
    'curl',
    'netcat-openbsd',
    'libbrotli1',
    'libcom-err2',
    'libcurl4t64',
    'libffi8',
    'libgnutls30t64',
  ],
  ...['libgssapi-krb5-2', 'libhogweed6t64', 'libidn2-0', 'libk5crypto3', 'libkeyutils1', 'libkrb5-3'],
  ...['libkrb5support0', 'libldap2', 'libnettle8t64', 'libnghttp2-14', 'libnghttp3-9', 'libp11-kit0'],
  ...['libpsl5t64', 'librtmp1', 'libsasl2-2', 'libssh2-1t64', 'libssl3t64', 'libtasn1-6', 'libunistring5'],
  ...['libzstd1', 'zlib1g'],
]

/** The loader and the libraries of C, for images whose folders are not the links that Debian's installer makes. */
export function libcLayer(built: Built): LayerPart[] {
  const folder = tempDir()
  symlinkSync('usr/lib64', join(folder, 'lib64'))
  return [{ folder }, packagePart(built, 'libc6')]
}

/** nginx, which serves one page at a port. `long` has its packages. */
export function nginxImage(built: Built, long: Built, port: number): Image {
  const folder = tempDir()
  for (const path of ['etc/nginx', 'run', 'srv', 'var/lib/nginx', 'var/log/nginx'])
    mkdirSync(join(folder, path), { recursive: true })
  symlinkSync('/run', join(folder, 'var/run'))
  writeFileSync(join(folder, 'srv/index.html'), 'served by nginx\n')
  writeFileSync(
    join(folder, 'etc/nginx/nginx.conf'),
    `user root; daemon off; worker_processes 1; error_log stderr; events {}
http { access_log /dev/stdout; server { listen ${port}; root /srv; } }
`,
  )
  const packages = NGINX.map(name => packagePart(long, name))
  return filesImage([toolsLayer(built, tempDir()), [...libcLayer(built), ...packages], [{ folder }]], {
    Entrypoint: ['/usr/sbin/nginx'],
    Env: [PATH],
  })
}

/** A program with the setuid bit, which tells by which user's rights it runs. */
export function effectiveUidImage(): Image {
  const folder = tempDir()
  const program = join(folder, 'effective-uid')
  execFileSync('gcc', ['-static', '-Os', '-o', program, join(import.meta.dirname, 'effective-uid.c')])
  chmodSync(program, 0o4755)
  return filesImage([[{ folder }]], { Entrypoint: ['/effective-uid'] })
}

/** agnhost, which is server and client of most conformance tests, with all that they find in its image. `long` has it and its callers. */
export function agnhostImage(built: Built, long: Built): Image {
  const folder = tempDir()
  for (const path of ['bin', 'uploads', 'usr/bin']) mkdirSync(join(folder, path), { recursive: true })
  symlinkSync('agnhost', join(folder, 'agnhost-2'))
  const { certificate, key } = ownIdentity()
  writeFileSync(join(folder, 'localhost.crt'), certificate)
  writeFileSync(join(folder, 'localhost.key'), key)
  // The shell of busybox would call its own `nc`, wherever another one is.
  symlinkSync('/usr/bin/dash', join(folder, 'bin/sh'))
  symlinkSync('nc.openbsd', join(folder, 'usr/bin/nc'))
  const callers = [
    ...CALLERS.map(name => packagePart(long, name)),
    ...['libbsd0', 'libgmp10', 'libmd0'].map(name => packagePart(built, name)),
  ]
  const agnhost = { folder: dirOf(long, 'e2e'), paths: ['agnhost'] }
  return filesImage(
    [toolsLayer(built, tempDir()), [...libcLayer(built), ...callers], [{ folder }], [agnhost]],
    { Entrypoint: ['/agnhost'], Cmd: ['pause'], Env: [PATH] },
  )
}

/** For a server whose clients look at no name. */
function ownIdentity() {
  const validity = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) }
  return serverIdentity(authority('agnhost', validity), 'localhost', validity)
}
