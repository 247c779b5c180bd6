/** Every problem Keel can report. A code is forever: never renamed, never reused (see `retired`). */
import { KUBERNETES_VERSION } from '../../schema/generated/kubernetes.ts'
import type { LineFault, Misfit } from '../syntax-cause.ts'
import type { Severity } from './diagnostic.ts'
import { MISFITS, SYNTAX } from './yaml-words.ts'

interface Definition<A> {
  readonly severity: Severity
  /** What is wrong, in the user's words. */
  readonly message: (args: A) => string
  /** What to do. */
  readonly hint?: (args: A) => string | undefined
}

const def = <A = Record<string, never>>(definition: Definition<A>): Definition<A> => definition
const error = <A = Record<string, never>>(
  message: (args: A) => string,
  hint?: (args: A) => string | undefined,
) => def<A>({ severity: 'error', message, ...(hint && { hint }) })
const warning = <A = Record<string, never>>(
  message: (args: A) => string,
  hint?: (args: A) => string | undefined,
) => def<A>({ severity: 'warning', message, ...(hint && { hint }) })

/** A word of a config, or one that can be written into it. */
const code = (word: string) => `\`${word}\``
const list = (words: readonly string[]) => words.map(code).join(', ')
const either = (words: readonly string[]) => words.join(' or ')
const meant = (nearest: string | undefined) =>
  nearest === undefined ? undefined : `did you mean ${code(nearest)}?`
const write = (better: string | undefined) => (better === undefined ? undefined : `write ${code(better)}`)
/** A pod by its name, if it has one. */
const thePod = (name: string) => (name === '' ? 'a pod without a name' : `the pod ${code(name)}`)
/** What is wrong where exactly one of several keys is needed. */
const choice = (what: string, given: readonly string[], keys: readonly string[]) =>
  given.length === 0
    ? `${what} needs one of ${list(keys)}`
    : `${what} has more than one of ${list(keys)}: ${list(given)}`

const LIMIT_WORDS: Readonly<Record<string, (limit: number) => string>> = {
  minimum: limit => `must be at least ${limit}`,
  maximum: limit => `must be at most ${limit}`,
  minLength: limit => (limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`),
  maxLength: limit => `must have at most ${limit} characters`,
  minItems: limit => `must have at least ${limit} ${limit === 1 ? 'item' : 'items'}`,
  maxItems: limit => `must have at most ${limit} items`,
  minProperties: limit => `must have at least ${limit} ${limit === 1 ? 'key' : 'keys'}`,
  maxProperties: limit => `must have at most ${limit} keys`,
}

const JOIN_HINT =
  'set join.endpoint, join.token and join.caCertHashes; kubeadm token create --print-join-command prints all three'
const HASH_HINT =
  'it is sha256: and what this prints: openssl x509 -pubkey -noout -in ca.crt | openssl pkey -pubin -outform der | sha256sum'
/** By which a disk is selected. */
interface Fact {
  readonly field: string
  readonly value: string
  readonly why: string
  readonly better: string | undefined
}
/** Something that may not work, and why. */
interface Doubt {
  readonly what: string
  readonly why: string
  readonly hint: string | undefined
}

/** Kubernetes' words for how far a feature is. */
const STAGES: Readonly<Record<string, string>> = {
  ...{ ALPHA: 'alpha', BETA: 'beta', GA: 'generally available', DEPRECATED: 'deprecated' },
}

export const catalog = {
  // Sources: what is not even YAML, or no node config.
  'source-empty': error(
    () => 'this config is empty',
    () => 'start with apiVersion: keel/v1 and hostname',
  ),
  'source-foreign': error<{ what: string }>(
    a => `this is ${a.what}, not a node config`,
    () => 'a node config starts with apiVersion: keel/v1',
  ),
  'source-not-a-map': error<{ isUnspaced: boolean }>(
    () => 'a node config must be a map of keys',
    a => (a.isUnspaced ? 'write a space after each colon' : 'start with apiVersion: keel/v1'),
  ),
  'source-not-utf8': error<{ badByte: number; isUtf16: boolean }>(
    a => `byte ${a.badByte} is not UTF-8`,
    a =>
      a.isUtf16
        ? 'the file is UTF-16; save it as UTF-8'
        : 'save the file as UTF-8, and give binary contents by local or base64',
  ),
  'source-second-document': error<{ line: number }>(
    a => `a config is one YAML document, and a second one starts in line ${a.line}`,
    () => 'put the second one into a file of its own: several files are merged in the order given',
  ),
  'source-too-large': error<{ size: number; limit: number }>(
    a => `the config has ${a.size} characters; the limit is ${a.limit}`,
    () => 'put large files beside the config and name them by local',
  ),
  'template-unfilled': error<{ template: string }>(
    a => `${code(a.template)} is a template expression that was not filled in`,
    () => 'fill in the template before keelctl reads it, or put the text in quotes if it is meant literally',
  ),

  'yaml-alias-bomb': error<{ limit: number }>(
    a => `the aliases of this config expand to more than ${a.limit} values`,
    () => 'write out the values that are needed',
  ),
  'yaml-alias-loop': error<{ name: string }>(
    a => `the alias ${code(`*${a.name}`)} is inside the value that it refers to`,
  ),
  'yaml-alias-unknown': error<{ name: string }>(
    a => `there is no anchor ${code(`&${a.name}`)} before this alias`,
    () => 'put text that starts with * in quotes',
  ),
  'yaml-duplicate-key': error<{ key: string }>(
    a => `the key ${code(a.key)} is already in this map`,
    () => 'keep one of the two',
  ),
  'yaml-half-character': error(
    () => 'this text contains half of a surrogate pair, which is not a character',
    () => 'write the character itself',
  ),
  'yaml-indentation': error<{ misfit: Misfit }>(
    a => MISFITS[a.misfit]?.[0] ?? 'this line is indented wrongly',
    a => MISFITS[a.misfit]?.[1],
  ),
  'yaml-key-not-text': error(
    () => 'a key must be a string',
    () => 'put a key that starts with a bracket in quotes',
  ),
  'yaml-merge-key': error(
    () => 'only a map can be merged with `<<`',
    () => 'write <<: *name, where &name is an anchor on a map',
  ),
  'yaml-number': error<{ text: string }>(
    a => `the number ${code(a.text)} cannot be stored exactly`,
    () => 'put it in quotes if it is meant as a string',
  ),
  'yaml-syntax': error<{ cause: LineFault; detail: string }>(
    a => SYNTAX[a.cause]?.[0] || `this is not valid YAML: ${a.detail}`,
    a => SYNTAX[a.cause]?.[1] ?? SYNTAX.unknown[1],
  ),
  'yaml-tab': error(
    () => 'YAML does not allow tabs for indentation',
    () => 'use spaces',
  ),
  'yaml-tag': error<{ tag: string }>(
    a => `the tag ${code(a.tag)} is not supported`,
    () => 'remove the tag, or put text that starts with ! in quotes',
  ),
  'yaml-too-deep': error<{ limit: number }>(a => `the config is nested more than ${a.limit} levels deep`),
  'yaml-unclosed': error<{ mark: string }>(a => `this ${a.mark} is never closed`),
  'yaml-version': error<{ version: string }>(
    a => `this document declares YAML ${a.version}, and a node config is YAML 1.2`,
    () => 'remove the %YAML line',
  ),

  // The node schema.
  'schema-form': error<{ words: string }>(a => a.words),
  'schema-key-without-value': warning<{ key: string; isText: boolean }>(
    a => `\`${a.key}\` has no value, so it is left out`,
    a => `${a.isText ? 'write "" for an empty string' : 'give it a value'}, or remove the key`,
  ),
  'schema-limit': error<{ keyword: string; limit: number }>(
    a => `this ${LIMIT_WORDS[a.keyword]?.(a.limit) ?? 'is out of range'}`,
  ),
  'schema-missing-key': error<{ key: string; as: 'empty' | undefined }>(
    a => (a.as === 'empty' ? `the key ${code(a.key)} has no value` : `the key ${code(a.key)} is missing`),
    a => (a.as === 'empty' ? 'give it a value' : undefined),
  ),
  'schema-type': error<{
    wanted: readonly string[]
    found: string
    words: string | undefined
    keys: readonly string[]
    /** What is wrong with the way a number is written, if that is what it is. */
    fault: string | undefined
    /** The number or truth value that a text was meant as, if it is possible here. */
    better: string | undefined
  }>(
    a => `expected ${either(a.wanted)}, found ${a.found}`,
    a => {
      if (a.better !== undefined)
        return `${a.fault === undefined ? '' : `${a.fault}; `}write ${code(a.better)}`
      if (a.words !== undefined) return a.words
      if (a.wanted.includes('a map') && a.keys.length > 0)
        return `a map has a line for each key; its keys are ${list(a.keys)}`
      if (a.wanted.includes('a list')) return 'a list has a line with a dash for each item'
      const isPlain = ['an integer', 'a number with a fraction', 'true or false'].includes(a.found)
      return a.wanted.includes('a string') && isPlain ? 'put it in quotes' : undefined
    },
  ),
  'schema-unknown-key': error<{ key: string; nearest: string | undefined; known: readonly string[] }>(
    a => `there is no key ${code(a.key)} here`,
    a => meant(a.nearest) ?? (a.known.length === 0 ? undefined : `the keys here are ${list(a.known)}`),
  ),
  'schema-value': error<{ value: string; allowed: readonly string[]; nearest: string | undefined }>(
    a => `${a.value === '' ? 'an empty string' : code(a.value)} is not allowed here`,
    a => meant(a.nearest) ?? `allowed: ${list(a.allowed)}`,
  ),

  // Files beside the config.
  'local-outside': error<{ path: string }>(
    a => `${code(a.path)} is outside the folder of this config`,
    () => 'put the file beside the config and write its path with / and without ..',
  ),
  'local-too-large': error<{ path: string; bytes: number; limit: number }>(
    a => `${code(a.path)} has ${a.bytes} bytes; the limit is ${a.limit}`,
  ),
  'local-unavailable': error<{ path: string }>(
    a => `${code(a.path)} cannot be read: this config did not come from a folder`,
  ),
  'local-unreadable': error<{ path: string; problem: string }>(
    a => `${code(a.path)} cannot be read: ${a.problem}`,
    () => 'the path is relative to the file that names it',
  ),

  // hostname
  'hostname-after-mac': warning<{ from: string }>(
    a => `${code(a.from)} is only asked on a machine without a network card, because \`mac\` comes first`,
    () => 'put mac last',
  ),
  'hostname-duplicate-origin': error<{ from: string }>(a => `${code(a.from)} is listed twice`),
  'hostname-unusable': error<{ name: string; why: string; better: string | undefined }>(
    a => `${a.name === '' ? 'an empty string' : code(a.name)} cannot be a host name: ${a.why}`,
    a =>
      write(a.better) ??
      'a host name has lower-case letters, digits and dashes, for example worker-1.example.org',
  ),

  // Times of several sections.
  'duration-range': error<{ value: string; from: string; to: string; zero?: string }>(
    a =>
      `${code(a.value)} is out of range (${a.from} to ${a.to}${a.zero === undefined ? '' : `, or ${a.zero}`})`,
  ),

  // kernel
  'kernel-duplicate-module': error<{ name: string }>(a => `the module ${code(a.name)} is listed twice`),
  'kernel-sysctl-lines': error<{ name: string }>(
    a => `the value of ${code(a.name)} has more than one line`,
    () => 'a file below /proc/sys takes one line; write the value without | and line ends',
  ),

  // network
  'network-address-unusable': error<{ address: string; why: string }>(
    a => `${code(a.address)} cannot be the address of an interface: ${a.why}`,
  ),
  'network-all-static': error<{ address: string }>(
    a => `the address ${code(a.address)} cannot be given to all interfaces`,
    () => 'write all: true with dhcp: true, or select one interface by name or mac',
  ),
  'network-all-twice': error(() => 'another entry already has `all: true`'),
  'network-dhcp-address': error<{ address: string }>(
    a => `this interface has both the address ${code(a.address)} and \`dhcp: true\``,
    () => 'remove one of the two',
  ),
  'network-dhcp-gateway': error<{ gateway: string }>(
    a => `the gateway ${code(a.gateway)} has no effect: routes come by DHCP`,
    () => 'remove it, or set an address instead of dhcp: true',
  ),
  'network-duplicate': error<{ field: string; value: string }>(
    a => `the ${a.field} ${code(a.value)} is already used by another interface`,
  ),
  'network-duplicate-nameserver': error<{ address: string }>(
    a => `the name server ${code(a.address)} is listed twice`,
  ),
  'network-gateway-is-self': error<{ gateway: string }>(
    a => `the gateway ${code(a.gateway)} is the address of the interface itself`,
  ),
  'network-gateway-outside': error<{ gateway: string; network: string }>(
    a => `the gateway ${code(a.gateway)} is outside the interface's network ${code(a.network)}`,
    () => 'check the prefix length of the address',
  ),
  'network-gateway-unusable': error<{ gateway: string; why: string }>(
    a => `${code(a.gateway)} cannot be a gateway: ${a.why}`,
  ),
  'network-interface-addressless': error(
    () => 'interface needs one of `address`, `dhcp`',
    () => 'set an address, or dhcp: true',
  ),
  'network-interface-named-twice': error<{ given: readonly string[] }>(
    a => choice('interface', a.given, ['name', 'mac', 'all']),
    () => 'keep one of them',
  ),
  'network-interface-unmade': error<{ name: string; kind: string }>(
    a => `${code(a.name)} is the name of ${a.kind}, which Keel does not set up`,
    () => 'name an Ethernet interface of the machine, such as eth0',
  ),
  'network-interface-renamed': error<{ name: string }>(
    a => `no interface is called ${code(a.name)}: that is a name given by udev, which a node does not have`,
    () => 'use the name that the kernel gives, such as eth0, or select the interface by mac',
  ),
  'network-interface-unnamed': error(
    () => 'interface needs one of `name`, `mac`, `all`',
    () => 'set its name or its mac, or all: true',
  ),
  'network-loopback': error(
    () => 'the loopback interface cannot be configured: it is always up and has its address',
    () => 'remove this entry',
  ),
  'network-mac-unusable': error<{ mac: string }>(
    a => `${code(a.mac)} is not the MAC address of a single interface`,
  ),
  'network-nameserver-unreachable': warning<Doubt>(
    a => `the name server ${a.what} may be unreachable: ${a.why}`,
    a => a.hint,
  ),
  'network-nameserver-unusable': error<{ address: string; why: string }>(
    a => `${code(a.address)} cannot be a name server: ${a.why}`,
    () =>
      'use the address of a DNS server of your network; without nameservers those of the DHCP lease are used',
  ),
  'network-overlap': warning<{ address: string; other: string }>(
    a =>
      `the networks of ${code(a.address)} and ${code(a.other)} overlap, so some addresses are reached over only one of them`,
  ),
  'network-two-gateways': error(
    () => 'a second interface has a gateway, and there can be only one default route',
    () => 'remove one of the gateways',
  ),

  // time
  'time-duplicate-server': error<{ server: string }>(a => `the server ${code(a.server)} is listed twice`),
  'time-server': error<{ server: string; why: string; better: string | undefined }>(
    a => `${code(a.server)} cannot be an NTP server: ${a.why}`,
    a => write(a.better) ?? 'write the host name or the IPv4 address of another machine',
  ),
  'time-server-unreachable': warning<Doubt>(
    a => `the NTP server ${a.what} may be unreachable: ${a.why}`,
    a => a.hint,
  ),

  // Paths on the node.
  'path-control-character': error(() => 'the path contains a control character'),
  'path-not-absolute': error<{ path: string }>(
    a => `${a.path === '' ? 'an empty path' : code(a.path)} is not absolute`,
    a => (a.path === '' ? undefined : `write ${code(`/${a.path.replace(/^(\.?\/)+/, '')}`)}`),
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
  ),
  'path-too-long': error<{ what: string; bytes: number; limit: number }>(
    a => `${a.what} has ${a.bytes} bytes; the limit is ${a.limit}`,
  ),
  'path-volatile': error<{ path: string; place: string }>(
    a => `${code(a.path)} cannot outlive a reboot: ${code(a.place)} is emptied at every boot`,
  ),

  // storage
  'storage-base64-invalid': error(
    () => 'this is not base64 with padding',
    () => 'make it with base64 -w0, or name the file by local',
  ),
  'storage-contents-choice': error<{ given: readonly string[] }>(
    a => choice('contents', a.given, ['inline', 'local', 'base64']),
    () => 'give exactly one of them',
  ),
  'storage-boot-disk-wiped': error<Record<string, never>>(
    () => 'the disk that the machine boots from cannot be wiped',
    () => "remove wipe: the node's partitions come after those of the disk image",
  ),
  'storage-duplicate-label': error<{ label: string }>(
    a => `there is already a partition ${code(a.label)}`,
    () => 'labels are unique over all disks, because partitions are found by them',
  ),
  'storage-duplicate-match': error(
    () => 'another disk has the same `match`',
    () => 'a match must fit exactly one disk',
  ),
  'storage-duplicate-mount': error<{ mountPath: string }>(
    a => `another filesystem is mounted at ${code(a.mountPath)}`,
  ),
  'storage-duplicate-option': error<{ option: string }>(
    a => `the mount option ${code(a.option)} is listed twice`,
  ),
  'storage-duplicate-path': error<{ path: string }>(
    a => `the path ${code(a.path)} is already used`,
    () => 'directories, files, links, persisted paths and mounts share one tree',
  ),
  'storage-keel-filesystem': error<{ partition: string }>(
    a => `${code(a.partition)} already has its filesystem`,
    () => 'remove this entry; keep paths on it by storage.persist',
  ),
  'storage-label-reserved': error<{ label: string; nearest: string | undefined }>(
    a => `the label ${code(a.label)} is reserved for Keel`,
    a =>
      meant(a.nearest) ??
      'only KEEL-STATE and KEEL-DATA can be used; choose another name for other partitions',
  ),
  'storage-link-target': error<{ target: string }>(
    a => `a link cannot point at ${code(JSON.stringify(a.target))}`,
  ),
  'storage-match-doubtful': warning<Fact>(
    a => `few disks have the ${a.field} ${code(a.value)}: ${a.why}`,
    a => a.better && `write ${code(a.better)} if keel-init observe shows that`,
  ),
  'storage-match-form': error<Fact>(
    a => `no disk has the ${a.field} ${code(a.value)}: ${a.why}`,
    a => write(a.better) ?? 'keel-init observe prints what the disks of a machine report',
  ),
  'storage-match-sizes': error<{ minSize: string; maxSize: string }>(
    a => `no disk has at least ${a.minSize} and at most ${a.maxSize}`,
  ),
  'storage-min-size-alone': error<{ size: string }>(
    a => `\`minSize\` has no effect with the size ${code(a.size)}`,
    () => 'it goes with size: rest',
  ),
  'storage-mode': error<{ mode: string; typed: string | undefined; converted: string | undefined }>(
    a => `the mode ${code(a.mode)} is not octal with a leading zero`,
    a => {
      if (a.converted === undefined) return write(a.typed) ?? 'write it like 0644'
      const converted = `${code(a.converted)} if a tool converted it to decimal`
      return a.typed === undefined
        ? `write ${converted}`
        : `write ${code(a.typed)} if these are octal digits, ${converted}`
    },
  ),
  'storage-parent-no-directory': error<{ path: string; parent: string; kind: string }>(
    a => `${code(a.path)} cannot be below ${code(a.parent)}, which is a ${a.kind}`,
  ),
  'storage-partition-too-small': error<{ label: string; size: string }>(
    a => `${code(a.size)} is too small for the filesystem of ${code(a.label)} (at least 8MiB)`,
  ),
  'storage-partition-without-filesystem': error<{ partition: string }>(
    a => `the partition ${code(a.partition)} has no filesystem to keep a path on`,
    a => `add ${code(a.partition)} to storage.filesystems`,
  ),
  'storage-partitions-too-large': error<{ maxSize: string; mebibytes: number }>(
    a => `the partitions need ${a.mebibytes}MiB, and the disk has at most ${a.maxSize}`,
  ),
  'storage-persist-covers-mount': error<{ path: string; mountPath: string }>(
    a => `persisting ${code(a.path)} would hide the filesystem mounted at ${code(a.mountPath)}`,
    () => 'what is on that filesystem outlives a reboot anyway',
  ),
  'storage-persist-nested': warning<{ path: string; outer: string; partition: string }>(
    a => `${code(a.path)} is already kept on ${code(a.partition)} with ${code(a.outer)}`,
    () => 'remove it, or set its mode and owner by storage.directories',
  ),
  'storage-persist-without-partition': error<{ path: string }>(
    a => `there is no partition to keep ${code(a.path)} on`,
    () => 'add a partition KEEL-DATA to storage.disks, or name another with a filesystem',
  ),
  'storage-rest-not-last': error(
    () => 'only the last partition of a disk can have the size `rest`',
    () => 'move it to the end, or give it a size',
  ),
  'storage-script-carriage-return': warning<{ path: string; program: string }>(
    a =>
      `the first line of the script ${code(a.path)} ends with a carriage return, so ${code(`${a.program}\\r`)} is run, which does not exist`,
    () => 'save the script with the line ends of Unix (LF)',
  ),
  'storage-second-filesystem': error<{ partition: string }>(
    a => `the partition ${code(a.partition)} already has a filesystem`,
  ),
  'storage-secret-readable': warning<{ path: string }>(
    a => `${code(a.path)} contains a private key that others on the node can read`,
    () => 'set mode: 0600',
  ),
  'storage-size-not-whole': error<{ size: string }>(
    a => `${code(a.size)} is not a multiple of 1MiB`,
    () => 'partitions are laid out in steps of 1MiB',
  ),
  'storage-size-too-large': error<{ size: string }>(a => `${code(a.size)} is larger than any disk`),
  'storage-type-reserved': error<{ label: string }>(
    a => `the partition ${code(a.label)} cannot have this type`,
    () => 'remove type: KEEL-STATE and KEEL-DATA have their own, and others cannot have those',
  ),
  'storage-type-zero': error(
    () => 'a partition cannot have the type GUID of zeros',
    () => 'that GUID marks an unused entry of the table; remove type',
  ),
  'storage-unknown-partition': error<{ label: string; nearest: string | undefined }>(
    a => `no disk of this config has a partition ${code(a.label)}`,
    a => meant(a.nearest) ?? 'add it to storage.disks',
  ),

  // kubernetes
  'kubernetes-ca-hash': error<{ why: string; better: string | undefined }>(
    a => `this is not the hash of a CA: ${a.why}`,
    a => write(a.better) ?? HASH_HINT,
  ),
  'kubernetes-client-ca': error(
    () => 'this is not a certificate in PEM',
    () => 'it starts with -----BEGIN CERTIFICATE-----',
  ),
  'kubernetes-client-ca-choice': error<{ given: readonly string[] }>(
    a => choice('clientCA', a.given, ['inline', 'local']),
    () => 'give exactly one of them',
  ),
  'kubernetes-client-ca-key': error(
    () => 'this is a private key, and the kubelet needs only the certificate',
    () => 'give the certificate of the CA and keep its key to yourself',
  ),
  'kubernetes-cluster-dns': error<{ address: string; why: string }>(
    a => `${code(a.address)} cannot be the DNS server of pods: ${a.why}`,
  ),
  'kubernetes-discovery-file': error<{ problem: string }>(
    a => `kubeadm cannot join by this discovery file: ${a.problem}`,
    () => 'give a kubeconfig with the server and the certificate-authority-data of the cluster',
  ),
  'kubernetes-discovery-file-choice': error<{ given: readonly string[] }>(
    a => choice('discoveryFile', a.given, ['inline', 'local']),
    () => 'give exactly one of them',
  ),
  'kubernetes-container-incomplete': error<{ pod: string; key: string }>(
    a => `a container of ${thePod(a.pod)} has no ${code(a.key)}`,
  ),
  'kubernetes-duplicate-ca-hash': error<{ hash: string }>(a => `the hash ${code(a.hash)} is listed twice`),
  'kubernetes-duplicate-container': error<{ pod: string; name: string }>(
    a => `${thePod(a.pod)} has two containers named ${code(a.name)}`,
  ),
  'kubernetes-duplicate-image': error<{ path: string }>(a => `the archive ${code(a.path)} is listed twice`),
  'kubernetes-duplicate-pod': error<{ name: string }>(a => `there is already a static pod ${code(a.name)}`),
  'kubernetes-duplicate-taint': error<{ taint: string }>(
    a => `there is already a taint ${code(a.taint)}`,
    () => 'a key has at most one taint of each effect',
  ),
  'kubernetes-endpoint': error<{ endpoint: string; why: string; better: string | undefined }>(
    a => `${code(a.endpoint)} cannot be the endpoint of a cluster: ${a.why}`,
    a => write(a.better) ?? 'write the host and port of an API server, for example cp.example.org:6443',
  ),
  'kubernetes-endpoint-unreachable': warning<Doubt>(
    a => `${a.what} may be unreachable: ${a.why}`,
    a => a.hint,
  ),
  'kubernetes-join-choice': error<{ given: readonly string[] }>(
    a => `the cluster is given by \`discoveryFile\` and by ${a.given.map(code).join(' and ')}`,
    () => 'keep discoveryFile, which contains both, or remove it',
  ),
  'kubernetes-join-delay-order': error<{ delay: string; maxDelay: string }>(
    a => `the first delay ${code(a.delay)} is longer than the longest, ${code(a.maxDelay)}`,
  ),
  'kubernetes-join-incomplete': error<{ key: string }>(
    a => `\`join\` needs ${code(a.key)}`,
    () => JOIN_HINT,
  ),
  'kubernetes-join-missing': error(
    () => 'a worker needs `join`: which cluster to join, and how',
    () => JOIN_HINT,
  ),
  'kubernetes-join-unpinned': error(
    () => '`join` needs `caCertHashes`: without them any machine could pretend to be the cluster',
    () => HASH_HINT,
  ),
  'kubernetes-key-without-role': error<{ key: string; role: string; roles: readonly string[] }>(
    a => `${code(a.key)} has no effect with role ${code(a.role)}`,
    a => `it goes with role ${either(a.roles)}; set that role, or remove the key`,
  ),
  'kubernetes-kubelet-arg': error<{ name: string; better: string | undefined }>(
    a => `${code(a.name)} is not the name of a flag`,
    a => write(a.better) ?? 'a flag is lower-case words joined by dashes',
  ),
  'kubernetes-kubelet-arg-blank': error<{ name: string }>(
    a => `the value of ${code(a.name)} contains a space, a line end or a control character`,
    () =>
      'kubeadm passes flags on in one line, separated by spaces; kubelet.config can set most of what flags can',
  ),
  'kubernetes-kubelet-arg-owned': error<{ name: string; instead: string | undefined }>(
    a => `the flag ${code(a.name)} is set by Keel`,
    a => (a.instead === undefined ? 'init starts and watches the kubelet by it' : `use ${a.instead}`),
  ),
  'kubernetes-kubelet-arg-value': error<{
    name: string
    value: string
    why: string
    hint: string | undefined
  }>(
    a => `the flag ${code(a.name)} cannot be ${a.value === '' ? 'empty' : `\`${a.value}\``}: ${a.why}`,
    a => a.hint,
  ),
  'kubernetes-kubelet-fixed': error<{ field: string; instead: string | undefined }>(
    a => `the kubelet's ${code(a.field)} cannot be changed`,
    a => (a.instead === undefined ? 'init starts and watches the kubelet by it' : `use ${a.instead}`),
  ),
  'kubernetes-kubelet-gate-locked': error<{ name: string; stage: string; locked: boolean }>(
    a =>
      `the feature gate \`${a.name}\` is ${STAGES[a.stage] ?? a.stage} in Kubernetes ${KUBERNETES_VERSION} and locked to ${a.locked}`,
    () => 'remove it; the kubelet does not start with another value',
  ),
  'kubernetes-kubelet-gate-unknown': error<{ name: string; nearest: string | undefined }>(
    a => `the kubelet of Kubernetes ${KUBERNETES_VERSION} has no feature gate \`${a.name}\``,
    a =>
      meant(a.nearest) ?? 'remove it; the kubelet does not start with a feature gate that it does not know',
  ),
  'kubernetes-kubelet-key': error<{ of: string; key: string; hint: string | undefined }>(
    a => `\`${a.of}\` of the kubelet cannot have the key \`${a.key}\``,
    a => a.hint,
  ),
  'kubernetes-kubelet-null': warning<{ field: string; write: string }>(
    a => `\`${a.field}\` has no value, and there is none to remove`,
    a => `write ${a.write}, or remove the key`,
  ),
  'kubernetes-kubelet-type': error<{
    field: string
    wanted: string
    found: string
    hint: string | undefined
  }>(
    a => `\`${a.field}\`: expected ${a.wanted}, found ${a.found}`,
    a => a.hint,
  ),
  'kubernetes-kubelet-value': error<{ field: string; value: string; why: string; hint: string | undefined }>(
    a => `\`${a.field}\` cannot be ${a.value === '' ? 'empty' : `\`${a.value}\``}: ${a.why}`,
    a => a.hint,
  ),
  'kubernetes-kubelet-unknown': warning<{ kind: string; name: string; hint: string | undefined }>(
    a => `the kubelet of Kubernetes ${KUBERNETES_VERSION} has no ${a.kind} ${code(a.name)}`,
    a => a.hint,
  ),
  'kubernetes-label-forbidden': error<{ name: string; value: string }>(
    a => `a kubelet is not allowed to give its own node the label ${code(a.name)}`,
    a => `set it in the cluster: kubectl label node NAME ${a.name}=${a.value}`,
  ),
  'kubernetes-label-name': error<{ name: string; why: string }>(
    a => `${code(a.name)} cannot be the name of a label: ${a.why}`,
    () => 'a name is like example.org/rack or rack',
  ),
  'kubernetes-label-value': error<{ name: string; value: string; why: string }>(
    a => `${code(a.value)} cannot be the value of the label ${code(a.name)}: ${a.why}`,
  ),
  'kubernetes-node-name': error<{ name: string; why: string; better: string | undefined }>(
    a => `${a.name === '' ? 'an empty string' : code(a.name)} cannot be the name of a node: ${a.why}`,
    a => write(a.better) ?? 'set another kubernetes.nodeName, for example worker-1',
  ),
  'kubernetes-not-a-pod': error<{ found: string }>(a => `a static pod must be a v1 Pod, not ${a.found}`),
  'kubernetes-pod-cidr-host': error<{ cidr: string; network: string }>(
    a => `${code(a.cidr)} is the address of a host, not of a network`,
    a => write(a.network),
  ),
  'kubernetes-pod-cidr-overlap': error<{ cidr: string; address: string }>(
    a => `the pod network ${code(a.cidr)} overlaps the network of the node's address ${code(a.address)}`,
  ),
  'kubernetes-pod-cidr-small': error<{ cidr: string }>(
    a => `the pod network ${code(a.cidr)} has too few addresses for pods`,
    () => 'a prefix of 24 bits is usual',
  ),
  'kubernetes-pod-cidr-unusable': error<{ cidr: string; why: string }>(
    a => `${code(a.cidr)} cannot be a pod network: ${a.why}`,
    () => 'use a private range, for example 10.244.0.0/24',
  ),
  'kubernetes-pod-empty': error<{ name: string }>(a => `${thePod(a.name)} has no container`),
  'kubernetes-pod-file': error<{ name: string; problem: string }>(a => `${code(a.name)}: ${a.problem}`),
  'kubernetes-pod-name': error<{ name: string | undefined }>(
    a =>
      a.name === undefined ? 'the pod has no `metadata.name`' : `${code(a.name)} cannot be the name of a pod`,
    () =>
      'a name has lower-case letters, digits and dashes, and with its namespace at most 249 characters, for example hello',
  ),
  'kubernetes-pod-namespace': error<{ namespace: string }>(
    a => `${code(a.namespace)} cannot be the name of a namespace`,
    () => 'a namespace has lower-case letters, digits and dashes, at most 63, for example kube-system',
  ),
  'kubernetes-pod-needs-api': error<{ pod: string; what: string }>(
    a => `${thePod(a.pod)} is a static pod and cannot have ${a.what}, which needs an API server`,
    () => 'use a hostPath volume with a file of this config',
  ),
  'kubernetes-pod-key': error<{ of: string; key: string; hint: string | undefined }>(
    a => `${a.of} cannot have the key \`${a.key}\``,
    a => a.hint,
  ),
  'kubernetes-pod-missing-field': error<{ where: string; of: string; key: string }>(
    a => `${a.where}: ${a.of} needs the field \`${a.key}\``,
  ),
  'kubernetes-pod-null': warning<{ where: string; write: string; isEntry: boolean }>(
    a => `${a.where} has no value; Kubernetes takes it as ${a.isEntry ? 'empty' : 'left out'}`,
    a => `write ${a.write}, or remove the key`,
  ),
  'kubernetes-pod-type': error<{ where: string; wanted: string; found: string; hint: string | undefined }>(
    a => `${a.where}: expected ${a.wanted}, found ${a.found}`,
    a => a.hint,
  ),
  'kubernetes-pod-unknown-field': error<{ where: string; of: string; hint: string | undefined }>(
    a => `${a.where} is not a field of ${a.of} in Kubernetes ${KUBERNETES_VERSION}`,
    a => a.hint,
  ),
  'kubernetes-pod-value': error<{ where: string; value: string; why: string; hint: string | undefined }>(
    a => `${a.where} cannot be ${a.value === '' ? 'empty' : `\`${a.value}\``}: ${a.why}`,
    a => a.hint,
  ),
  'kubernetes-pod-without-network': warning<{ name: string }>(
    a => `${thePod(a.name)} never starts unless something sets up a pod network`,
    () => 'set hostNetwork: true in the pod, or cni: {bridge: {}}',
  ),
  'kubernetes-shutdown-order': error<{ critical: string; grace: string }>(
    a => `critical pods cannot get ${code(a.critical)} of ${code(a.grace)}`,
    () => 'criticalPodsGracePeriod is a part of gracePeriod',
  ),
  'kubernetes-static-pod-choice': error<{ given: readonly string[] }>(
    a => choice('static pod', a.given, ['local', 'pod']),
    () => 'give exactly one of them',
  ),
  'kubernetes-taint': error<{ part: string; text: string; why: string }>(
    a => `${code(a.text)} cannot be the ${a.part} of a taint: ${a.why}`,
  ),
  'kubernetes-token': error<{ why: string }>(
    a => `this is not a bootstrap token: ${a.why}`,
    () =>
      'a token has six lower-case letters or digits, a dot and sixteen more; kubeadm token create prints a new one',
  ),
  'kubernetes-worker-without-network': error(
    () => 'a worker without an interface never reaches its cluster',
    () => 'add an interface, or remove network.interfaces: then all of them use DHCP',
  ),
  'kubernetes-worker-without-state': warning(
    () => 'there is no partition that keeps the identity of this worker, so it joins anew at every boot',
    () => 'add a partition KEEL-STATE to storage.disks, or use a token that never expires',
  ),

  // onFailure
  'on-failure-delay': error<{ field: string; value: string; hours: number }>(
    a => `${code(a.value)} is out of range for ${code(a.field)} (1s to ${a.hours}h)`,
  ),
  'on-failure-delay-order': error<{ delay: string; maxDelay: string }>(
    a => `the first delay ${code(a.delay)} is longer than the longest, ${code(a.maxDelay)}`,
  ),

  'keel-bug': error<{ pointer: string; keyword: string }>(
    a => `Keel made a machine config that its own schema refuses at ${code(a.pointer)} (${a.keyword})`,
    () => 'this is a bug in Keel; please report it with the lines shown here',
  ),
} as const

/** Codes of earlier versions, never given to anything else. */
export const retired: readonly string[] = []

export type Code = keyof typeof catalog
export type Args<C extends Code> = Parameters<(typeof catalog)[C]['message']>[0]
