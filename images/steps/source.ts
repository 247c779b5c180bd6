import type { Component, OriginOf } from '../lock.ts'
import type { Step } from '../step.ts'

/** mke2fs from the distribution's source package: static, so that the image needs no loader and no libraries. */
export function e2fsprogsStep(component: Component & { origin: OriginOf<'deb-src'> }, source: string): Step {
  const dsc = component.origin.files.find(({ name }) => name.endsWith('.dsc'))
  const env = {
    CFLAGS: '-Os -ffile-prefix-map={work}=.',
    LDFLAGS: '-static -Wl,--build-id=none',
    SOURCE_DATE_EPOCH: '0',
  }
  return {
    id: component.name,
    label: `mke2fs ${component.version} built from its source package`,
    files: [],
    probes: [{ argv: ['gcc', '-dumpfullversion'] }, { argv: ['gcc', '-print-file-name=libc.a'], file: true }],
    needs: [source],
    commands: [
      // The lock's digests vouch for the files; the packager's signature is not asked again.
      {
        argv: ['dpkg-source', '--no-check', '-x', `{${source}}/${dsc?.name}`, '{work}/source'],
        cwd: '{work}',
      },
      {
        argv: [
          '{work}/source/configure',
          '--disable-nls',
          '--disable-fuse2fs',
          '--disable-e2initrd-helper',
          '--disable-uuidd',
          '--enable-silent-rules',
        ],
        cwd: '{work}/source',
        env,
      },
      { argv: ['make', '-j2', 'libs'], cwd: '{work}/source', env },
      { argv: ['make', '-C', 'misc', 'mke2fs'], cwd: '{work}/source', env },
      { argv: ['strip', '-o', '{out}/mke2fs', '{work}/source/misc/mke2fs'], cwd: '{work}' },
    ],
  }
}
