import type { Component, OriginOf } from '../lock.ts'
import type { Command, Step } from '../step.ts'

type SourceComponent = Component & { origin: OriginOf<'deb-src'> }

/** How one program is made of an unpacked source package. */
interface SourceBuild {
  /** Name of the program, and of the output file. */
  readonly program: string
  readonly configure: readonly string[]
  /** Arguments of `make`, one list for each run. */
  readonly makes: readonly (readonly string[])[]
  /** Below the unpacked source. */
  readonly made: string
}

/** By component of the lock. Static, so that the image needs no loader and no libraries. */
const BUILDS: Readonly<Record<string, SourceBuild>> = {
  e2fsprogs: {
    program: 'mke2fs',
    configure: [
      '--disable-nls',
      '--disable-fuse2fs',
      '--disable-e2initrd-helper',
      '--disable-uuidd',
      '--enable-silent-rules',
    ],
    makes: [['libs'], ['-C', 'misc', 'mke2fs']],
    made: 'misc/mke2fs',
  },
  // Without nftables it needs neither libmnl nor libnftnl. Its extensions are part of the program, which loads none from files.
  iptables: {
    program: 'iptables',
    configure: [
      '--disable-shared',
      '--enable-static',
      '--disable-nftables',
      '--disable-connlabel',
      '--disable-devel',
      '--disable-dependency-tracking',
      '--enable-silent-rules',
    ],
    // What libtool takes for a static program is not what the linker takes for one.
    makes: [['LDFLAGS=-all-static -Wl,--build-id=none']],
    made: 'iptables/xtables-legacy-multi',
  },
}

/** A program from the distribution's source package. */
export function sourceStep(component: SourceComponent, source: string): Step {
  const { name, version, origin } = component
  const build = BUILDS[name]
  if (!build) throw new Error(`nothing says how ${name} is built from its source package`)
  const dsc = origin.files.find(file => file.name.endsWith('.dsc'))
  const env = {
    CFLAGS: '-Os -ffile-prefix-map={work}=.',
    LDFLAGS: '-static -Wl,--build-id=none',
    SOURCE_DATE_EPOCH: '0',
  }
  const inSource = (argv: readonly string[]): Command => ({ argv, cwd: '{work}/source', env })
  return {
    id: name,
    label: `${build.program} ${version} built from its source package`,
    files: [],
    probes: [{ argv: ['gcc', '-dumpfullversion'] }, { argv: ['gcc', '-print-file-name=libc.a'], file: true }],
    needs: [source],
    commands: [
      // The lock's digests vouch for the files; the packager's signature is not asked again.
      {
        argv: ['dpkg-source', '--no-check', '-x', `{${source}}/${dsc?.name}`, '{work}/source'],
        cwd: '{work}',
      },
      inSource(['{work}/source/configure', ...build.configure]),
      ...build.makes.map(words => inSource(['make', ...(words[0] === '-C' ? [] : ['-j2']), ...words])),
      { argv: ['strip', '-o', `{out}/${build.program}`, `{work}/source/${build.made}`], cwd: '{work}' },
    ],
  }
}
