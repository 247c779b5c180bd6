// A private apt: the machine's own mirror, Keel's own lists. Dependency-free, because the tests' set-up imports it before `npm ci`.
// The user's source lists are only read. Nothing here runs a shell.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** One-line format: `deb [options] uri suite component…`. */
export function parseOneLine(text) {
  return text.split('\n').flatMap(line => {
    const match = /^\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line)
    if (!match) return []
    const [, type, bracket = '', uri, suite, components] = match
    const options = new Map(
      bracket
        .split(/\s+/)
        .filter(Boolean)
        .map(option => option.split(/=(.*)/s, 2)),
    )
    return [
      {
        types: [type],
        uris: [uri],
        suites: [suite],
        components: components.split(/\s+/).filter(Boolean),
        signedBy: options.get('signed-by'),
        trusted: options.get('trusted') === 'yes',
      },
    ]
  })
}

/** deb822 format: stanzas of `Field: value`, values going on in indented lines. An inline key keeps its line breaks. */
export function parseDeb822(text) {
  const plain = text.replaceAll('\r', '').replace(/^#.*\n?/gm, '')
  return plain.split(/\n\s*\n/).flatMap(stanza => {
    const fields = new Map()
    for (const [, name, value] of stanza.matchAll(/^([A-Za-z0-9-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set(name.toLowerCase(), value.replace(/^[ \t]+/, '').trimEnd())
    }
    const words = name => (fields.get(name) ?? '').split(/\s+/).filter(Boolean)
    if (words('uris').length === 0 || fields.get('enabled')?.toLowerCase() === 'no') return []
    return [
      {
        types: words('types'),
        uris: words('uris'),
        suites: words('suites'),
        components: words('components'),
        signedBy: fields.get('signed-by'),
        trusted: fields.get('trusted')?.toLowerCase() === 'yes',
      },
    ]
  })
}

/** Everything the machine's own lists say, in apt's order. */
export function configuredSources(etc = '/etc/apt') {
  const parts = existsSync(join(etc, 'sources.list.d')) ? readdirSync(join(etc, 'sources.list.d')).sort() : []
  const files = ['sources.list', ...parts.map(name => join('sources.list.d', name))]
  return files.flatMap(name => {
    const path = join(etc, name)
    if (!existsSync(path)) return []
    if (name.endsWith('.list')) return parseOneLine(readFileSync(path, 'utf8'))
    return name.endsWith('.sources') ? parseDeb822(readFileSync(path, 'utf8')) : []
  })
}

/**
 * The mirror of the distribution itself, and that of its security suite, as the machine has them configured.
 * `codename` is the machine's release: the entry that serves it is the distribution's, whatever else is configured.
 */
export function mirrorOf(sources, codename) {
  const serving = suite =>
    sources.find(
      entry =>
        entry.types.includes('deb') &&
        entry.components.includes('main') &&
        entry.suites.some(name => suite.includes(name)),
    )
  const main = serving([codename])
  if (!main) return undefined
  const security = serving([`${codename}-security`, `${codename}/updates`])
  const at = (entry, uri) => ({ uri, signedBy: entry.signedBy, trusted: entry.trusted })
  const mainUri = main.uris[0]
  return {
    main: at(main, mainUri),
    // Where no security suite is configured, the name every full mirror gives it is the best guess.
    security: at(security ?? main, security?.uris[0] ?? mainUri.replace(/\/debian\/?$/, '/debian-security')),
  }
}

const stanza = (mirror, types, suites) =>
  [
    `Types: ${types}`,
    `URIs: ${mirror.uri}`,
    `Suites: ${suites.join(' ')}`,
    'Components: main',
    mirror.trusted ? 'Trusted: yes' : '',
    mirror.signedBy || existsSync(KEYRING) ? `Signed-By: ${mirror.signedBy ?? KEYRING}` : '',
    'Check-Valid-Until: no',
  ]
    .filter(Boolean)
    .join('\n')

/** The text of the private source list: each wanted suite on the mirror that serves it. */
export function sourcesText(mirror, wanted) {
  const security = suite => suite.endsWith('-security')
  const rows = ['deb', 'deb-src'].flatMap(types =>
    ['main', 'security'].map(side => {
      const suites = wanted
        .filter(w => w.type === types && security(w.suite) === (side === 'security'))
        .map(w => w.suite)
      return suites.length === 0 ? '' : stanza(mirror[side], types, [...new Set(suites)])
    }),
  )
  return `${rows.filter(Boolean).join('\n\n')}\n`
}

/** The machine's settings of apt for proxies, timeouts and the like, without its hooks. */
function acquireSettings() {
  const dump = execFileSync('apt-config', ['dump'], { encoding: 'utf8' })
  return dump.split('\n').filter(line => /^Acquire::(?!IndexTargets)\S+ ".+";$/.test(line))
}

const configText = dir =>
  [
    ...acquireSettings(),
    `Dir::Etc::SourceList "${dir}/keel.sources";`,
    `Dir::Etc::SourceParts "${dir}/none";`,
    `Dir::Etc::Main "${dir}/none/apt.conf";`,
    `Dir::Etc::Parts "${dir}/none";`,
    `Dir::Etc::Preferences "${dir}/none/preferences";`,
    `Dir::Etc::PreferencesParts "${dir}/none";`,
    `Dir::State::Lists "${dir}/lists";`,
    `Dir::Cache "${dir}/cache";`,
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
    'APT::Sandbox::User "root";',
  ].join('\n')

/**
 * Creates a private apt in `dir` for the wanted suites (`{ type: 'deb' | 'deb-src', suite }`) and returns the
 * environment that makes apt-get, apt-cache and apt-mark use it. The system's package database stays the system's.
 */
export function privateApt(dir, wanted, machine = {}) {
  const release = readFileSync(machine.osRelease ?? '/etc/os-release', 'utf8')
  const codename = /^VERSION_CODENAME="?([^"\n]+)/m.exec(release)?.[1] ?? ''
  const mirror = mirrorOf(configuredSources(machine.etc), codename)
  if (!mirror) {
    throw new Error(
      `no package mirror for ${codename || 'this system'} is configured in /etc/apt; Keel takes its Debian packages from the machine's own mirror`,
    )
  }
  for (const name of ['none', 'lists/partial', 'cache/archives/partial'])
    mkdirSync(join(dir, name), { recursive: true })
  writeFileSync(join(dir, 'keel.sources'), sourcesText(mirror, wanted))
  writeFileSync(join(dir, 'apt.conf'), `${configText(dir)}\n`)
  return { APT_CONFIG: join(dir, 'apt.conf'), DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
}

/** Keel's cache folder: outside the tree, so that a fresh clone finds it again. */
export const cacheFolder = env =>
  env.KEEL_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || '/root', '.cache'), 'keel')
