/** Every problem Keel can report. A code is forever: never renamed, never reused (see `retired`). */
import { KUBERNETES_VERSION } from '../../schema/generated/kubernetes.ts'
import type { FeatureGate } from '../../schema/shape.ts'
import type { Severity } from './diagnostic.ts'

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

const meant = (nearest: string | undefined) =>
  nearest === undefined ? undefined : `did you mean ${nearest}?`
const list = (words: readonly string[]) => words.join(', ')
const either = (words: readonly string[]) => words.join(' or ')

/** What the YAML parser says, in other words: what is wrong, and what to do. */
const SYNTAX: readonly (readonly [start: string, words: string, hint: string])[] = [
  [
    'All mapping items must start',
    'this key is not in the column of the keys before it',
    'start all keys of a map in the same column',
  ],
  [
    'Implicit keys need to be on a single line',
    'here should be a key, a colon and a blank',
    'write key: value; a text that goes on is indented deeper than its key',
  ],
  [
    'Implicit map keys need',
    'here should be a key, a colon and a blank',
    'write key: value; a text that goes on is indented deeper than its key',
  ],
  [
    'Sequence item without - indicator',
    'this is neither a new item of the list nor in the column of the keys of the last one',
    'indent it like the other keys of its item, or start an item with a dash',
  ],
  [
    'Nested mappings are not allowed',
    'there is a second colon in this line',
    'put a text that holds ": " in quotes, or start the inner map on a line of its own',
  ],
  ['Plain value cannot start', 'a text cannot start with this character', 'put the text in quotes'],
]

const syntaxOf = (detail: string) => SYNTAX.find(([start]) => detail.startsWith(start))

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
  'give join.endpoint, join.token and join.caCertHashes; kubeadm token create --print-join-command prints all three'
const HASH_HINT =
  'sha256: and what this prints: openssl x509 -pubkey -noout -in ca.crt | openssl pkey -pubin -outform der | sha256sum'

/** Kubernetes' words for how far a feature is. */
const STAGES: Readonly<Record<string, string>> = {
  ...{ ALPHA: 'alpha', BETA: 'beta', GA: 'generally available', DEPRECATED: 'deprecated' },
}

export const catalog = {
  // Sources: what is not even YAML, or no node config.
  'source-empty': error(
    () => 'there is nothing in this config',
    () => 'start with apiVersion: keel/v1 and hostname',
  ),
  'source-foreign': error<{ what: string }>(
    a => `this is ${a.what}, not a node config`,
    () => 'a node config starts with apiVersion: keel/v1',
  ),
  'source-not-a-map': error(
    () => 'a node config is a map of keys',
    () => 'start with apiVersion: keel/v1',
  ),
  'source-not-utf8': error<{ badByte: number; isUtf16: boolean }>(
    a => `byte ${a.badByte} is no UTF-8`,
    a =>
      a.isUtf16
        ? 'the file is UTF-16; save it as UTF-8'
        : 'save the file as UTF-8, and give bytes that are no text by local or base64',
  ),
  'source-second-document': error<{ line: number }>(
    a => `a config is one YAML document, but after the one at the top a second begins in line ${a.line}`,
    () =>
      'put the second into a file of its own: several files are joined in the order in which they are given',
  ),
  'source-too-large': error<{ size: number; limit: number }>(
    a => `the config has ${a.size} characters, more than ${a.limit}`,
    () => 'put large files beside the config and name them by local',
  ),

  'yaml-alias-bomb': error<{ limit: number }>(
    a => `the aliases of this config repeat more than ${a.limit} values`,
    () => 'write out what is really meant',
  ),
  'yaml-alias-loop': error<{ name: string }>(a => `the alias *${a.name} stands inside what it stands for`),
  'yaml-alias-unknown': error<{ name: string }>(
    a => `no anchor &${a.name} comes before this alias`,
    () => 'put a text that starts with * in quotes',
  ),
  'yaml-duplicate-key': error<{ key: string }>(
    a => `the key ${a.key} is already given in this map`,
    () => 'keep one of the two',
  ),
  'yaml-half-character': error(
    () => 'the text has half of a surrogate pair, which is no character',
    () => 'write the character itself',
  ),
  'yaml-key-not-text': error(
    () => 'a key must be text',
    () => 'put a key that starts with a bracket in quotes',
  ),
  'yaml-merge-key': error(
    () => 'only a map can be merged by <<',
    () => 'write <<: *name, where &name is an anchor on a map',
  ),
  'yaml-number': error<{ text: string }>(
    a => `${a.text} is no number that can be kept exactly`,
    () => 'put it in quotes if it is meant as text',
  ),
  'yaml-syntax': error<{ detail: string }>(
    a => syntaxOf(a.detail)?.[1] ?? `this is no YAML: ${a.detail}`,
    a => syntaxOf(a.detail)?.[2] ?? 'look for a stray quote, bracket or colon, or put the text in quotes',
  ),
  'yaml-tab': error(
    () => 'YAML is not indented with tabs',
    () => 'use blanks',
  ),
  'yaml-tag': error<{ tag: string }>(
    a => `the tag ${a.tag} means nothing here`,
    () => 'leave the tag out, or put a text that starts with ! in quotes',
  ),
  'yaml-too-deep': error<{ limit: number }>(a => `the config is nested more than ${a.limit} levels deep`),
  'yaml-unclosed': error<{ mark: string }>(a => `this ${a.mark} is never closed`),
  'yaml-version': error<{ version: string }>(
    a => `this document says that it is YAML ${a.version}, but a node config is YAML 1.2`,
    () => 'leave the %YAML line out',
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
  'schema-missing-key': error<{ key: string }>(a => `the key ${a.key} is missing here`),
  'schema-type': error<{
    wanted: readonly string[]
    found: string
    words: string | undefined
    keys: readonly string[]
    /** What it means to readers of YAML 1.1, where `yes` and `off` are no texts. */
    truth: boolean | undefined
  }>(
    a => `this must be ${either(a.wanted)}, not ${a.found}`,
    a => {
      if (a.truth !== undefined) return `write ${a.truth}`
      if (a.words !== undefined) return a.words
      if (a.wanted.includes('a map') && a.keys.length > 0)
        return `a map has a line for each key; its keys are ${list(a.keys)}`
      if (a.wanted.includes('a list')) return 'a list has a line with a dash for each item'
      const isPlain = ['a whole number', 'a number with a fraction', 'true or false'].includes(a.found)
      return a.wanted.includes('text') && isPlain ? 'put it in quotes' : undefined
    },
  ),
  'schema-unknown-key': error<{ key: string; nearest: string | undefined; known: readonly string[] }>(
    a => `there is no key ${a.key} here`,
    a => meant(a.nearest) ?? (a.known.length === 0 ? undefined : `the keys here are ${list(a.known)}`),
  ),
  'schema-value': error<{ value: string; allowed: readonly string[]; nearest: string | undefined }>(
    a => `${a.value === '' ? 'an empty text' : a.value} is not possible here`,
    a => meant(a.nearest) ?? `it can be ${either(a.allowed)}`,
  ),

  // Files beside the config.
  'local-outside': error<{ path: string }>(
    a => `${a.path} is not below the folder of this config`,
    () => 'put the file beside the config and write its path with / and without ..',
  ),
  'local-too-large': error<{ path: string; bytes: number; limit: number }>(
    a => `${a.path} has ${a.bytes} bytes, more than ${a.limit}`,
  ),
  'local-unavailable': error<{ path: string }>(
    a => `${a.path} cannot be read, because this config did not come from a folder`,
  ),
  'local-unreadable': error<{ path: string; problem: string }>(
    a => `${a.path} cannot be read: ${a.problem}`,
    () => 'the path is relative to the file that names it',
  ),

  // hostname
  'hostname-after-mac': warning<{ from: string }>(
    a => `${a.from} is never asked, because every machine has a hardware address`,
    () => 'put mac last',
  ),
  'hostname-duplicate-origin': error<{ from: string }>(a => `${a.from} is named twice`),

  // Times of several sections.
  'duration-range': error<{ value: string; from: string; to: string; zero?: string }>(
    a => `${a.value} is not possible here`,
    a => `it can be from ${a.from} to ${a.to}${a.zero === undefined ? '' : `, or ${a.zero}`}`,
  ),

  // kernel
  'kernel-duplicate-module': error<{ name: string }>(a => `the module ${a.name} is named twice`),
  'kernel-sysctl-lines': error<{ name: string }>(
    a => `the value of ${a.name} has more than one line`,
    () => 'a file below /proc/sys takes one line; write the text without | and line ends',
  ),

  // network
  'network-address-unusable': error<{ address: string; why: string }>(
    a => `${a.address} cannot be given to an interface: ${a.why}`,
  ),
  'network-all-static': error<{ address: string }>(
    a => `the address ${a.address} cannot be given to all interfaces`,
    () => 'write all: true with dhcp: true, or name the interface by name or mac',
  ),
  'network-all-twice': error(() => 'another entry is already about all other interfaces'),
  'network-dhcp-address': error<{ address: string }>(
    a => `this interface has the address ${a.address} and asks DHCP for another`,
    () => 'leave one of the two out',
  ),
  'network-dhcp-gateway': error<{ gateway: string }>(
    a => `the gateway ${a.gateway} is given, but DHCP brings the routes`,
    () => 'leave it out, or give an address instead of dhcp: true',
  ),
  'network-duplicate': error<{ field: string; value: string }>(
    a => `the ${a.field} ${a.value} is already used by another interface`,
  ),
  'network-duplicate-nameserver': error<{ address: string }>(
    a => `the name server ${a.address} is named twice`,
  ),
  'network-gateway-is-self': error<{ gateway: string }>(
    a => `the gateway ${a.gateway} is the address of the interface itself`,
  ),
  'network-gateway-outside': error<{ gateway: string; network: string }>(
    a => `the gateway ${a.gateway} is not in the interface's network ${a.network}`,
    () => 'check the prefix length of the address',
  ),
  'network-interface-addressless': error(
    () => 'nothing says how this interface gets its address',
    () => 'give address, or dhcp: true',
  ),
  'network-interface-named-twice': error<{ given: readonly string[] }>(
    a => `this interface is named in ${a.given.length} ways: by ${a.given.join(' and by ')}`,
    () => 'keep one of them',
  ),
  'network-interface-unnamed': error(
    () => 'nothing says which interface this is',
    () => 'give its name or its mac, or all: true',
  ),
  'network-loopback': error(
    () => 'the loopback interface is always up and has its address',
    () => 'leave it out',
  ),
  'network-mac-unusable': error<{ mac: string }>(a => `${a.mac} is no address of a single interface`),
  'network-nameserver-unreachable': warning<{ address: string }>(
    a => `the name server ${a.address} cannot be reached without an interface`,
    () => 'add an interface to network.interfaces',
  ),
  'network-overlap': warning<{ address: string; other: string }>(
    a =>
      `the networks of ${a.address} and ${a.other} overlap, so some addresses are reached over only one of them`,
  ),
  'network-two-gateways': error(
    () => 'a second interface has a gateway, but there can be one default route',
    () => 'leave one gateway out',
  ),

  // time
  'time-duplicate-server': error<{ server: string }>(a => `the server ${a.server} is named twice`),
  'time-server': error<{ server: string; why: string; better: string | undefined }>(
    a => `${a.server} is no NTP server: ${a.why}`,
    a => (a.better === undefined ? 'write a host name or an IPv4 address' : `write ${a.better}`),
  ),

  // Paths on the node.
  'path-control-character': error(() => 'the path has a control character'),
  'path-not-absolute': error<{ path: string }>(
    a => `${a.path === '' ? 'an empty path' : a.path} is not absolute`,
    a => (a.path === '' ? undefined : `write /${a.path.replace(/^(\.?\/)+/, '')}`),
  ),
  'path-not-simple': error<{ path: string; simple: string }>(
    a => `${a.path} is not in its simplest form`,
    a => `write ${a.simple}`,
  ),
  'path-of-keel': error<{ path: string; place: string }>(
    a => `${a.path} belongs to Keel, as everything in ${a.place} does`,
  ),
  'path-of-kernel': error<{ path: string; place: string }>(
    a => `${a.path} cannot be made: the kernel fills ${a.place}`,
    a =>
      a.path.startsWith('/proc/sys/')
        ? `write ${a.path.slice('/proc/sys/'.length).replaceAll('/', '.')} in kernel.sysctl`
        : undefined,
  ),
  'path-read-only': error<{ path: string; writable: readonly string[] }>(
    a => `${a.path} cannot be made: the root of a node is read-only`,
    a => `choose a path below ${either(a.writable)}`,
  ),
  'path-volatile': error<{ path: string; place: string }>(
    a => `${a.path} cannot outlive a reboot: ${a.place} is emptied at every boot`,
  ),

  // storage
  'storage-base64-invalid': error(
    () => 'this is no base64 with padding',
    () => 'make it with base64 -w0, or name the file by local',
  ),
  'storage-contents-choice': error<{ given: readonly string[] }>(
    a =>
      a.given.length === 0
        ? 'nothing says what is in this file'
        : `the contents are given ${a.given.length} times: by ${a.given.join(' and by ')}`,
    () => 'give exactly one of inline, local and base64',
  ),
  'storage-boot-disk-wiped': error<Record<string, never>>(
    () => 'the disk that the machine starts from cannot be wiped',
    () => "leave wipe out: the node's partitions come behind those of the disk image",
  ),
  'storage-duplicate-label': error<{ label: string }>(
    a => `there is already a partition ${a.label}`,
    () => 'labels are unique over all disks, because partitions are found by them',
  ),
  'storage-duplicate-match': error(
    () => 'another disk is described by the same words',
    () => 'a description must fit exactly one disk',
  ),
  'storage-duplicate-mount': error<{ mountPath: string }>(
    a => `another filesystem is mounted at ${a.mountPath}`,
  ),
  'storage-duplicate-option': error<{ option: string }>(a => `the mount option ${a.option} is given twice`),
  'storage-duplicate-path': error<{ path: string }>(
    a => `${a.path} is already given`,
    () => 'directories, files, links, persisted paths and mounts share one tree',
  ),
  'storage-keel-filesystem': error<{ partition: string }>(
    a => `${a.partition} always has its filesystem`,
    () => 'leave this entry out; keep paths on it by storage.persist',
  ),
  'storage-label-reserved': error<{ label: string; nearest: string | undefined }>(
    a => `the label ${a.label} is Keel's`,
    a =>
      meant(a.nearest) ??
      'only KEEL-STATE and KEEL-DATA can be used; choose another name for other partitions',
  ),
  'storage-link-target': error<{ target: string }>(a => `a link cannot point at ${JSON.stringify(a.target)}`),
  'storage-match-sizes': error<{ minSize: string; maxSize: string }>(
    a => `no disk has at least ${a.minSize} and at most ${a.maxSize}`,
  ),
  'storage-min-size-alone': error<{ size: string }>(
    a => `minSize says nothing beside the size ${a.size}`,
    () => 'it goes with size: rest',
  ),
  'storage-mode': error<{ mode: string; octal: string | undefined }>(
    a => `the mode ${a.mode} is not octal with a leading zero`,
    a => (a.octal === undefined ? 'write it like 0644' : `write ${a.octal}`),
  ),
  'storage-parent-no-directory': error<{ path: string; parent: string; kind: string }>(
    a => `${a.path} cannot be below ${a.parent}, which is a ${a.kind}`,
  ),
  'storage-partition-too-small': error<{ label: string; size: string }>(
    a => `${a.size} are too little for the filesystem of ${a.label}`,
    () => 'ext4 needs at least 8MiB',
  ),
  'storage-partition-without-filesystem': error<{ partition: string }>(
    a => `the partition ${a.partition} has no filesystem to keep a path on`,
    a => `add ${a.partition} to storage.filesystems`,
  ),
  'storage-partitions-too-large': error<{ maxSize: string; mebibytes: number }>(
    a => `the partitions need ${a.mebibytes}MiB, but the disk has at most ${a.maxSize}`,
  ),
  'storage-persist-covers-mount': error<{ path: string; mountPath: string }>(
    a => `persisting ${a.path} hides the filesystem that is mounted at ${a.mountPath}`,
    () => 'what is on that filesystem outlives a reboot by itself',
  ),
  'storage-persist-nested': warning<{ path: string; outer: string; partition: string }>(
    a => `${a.path} is already kept on ${a.partition} with ${a.outer}`,
    () => 'leave it out, or use storage.directories to set its mode and owner',
  ),
  'storage-persist-without-partition': error<{ path: string }>(
    a => `no partition can keep ${a.path}`,
    () => 'add a partition KEEL-DATA to storage.disks, or name another with a filesystem',
  ),
  'storage-rest-not-last': error(
    () => 'only the last partition of a disk can have the rest of it',
    () => 'move it to the end, or give it a size',
  ),
  'storage-second-filesystem': error<{ partition: string }>(
    a => `the partition ${a.partition} already has a filesystem`,
  ),
  'storage-secret-readable': warning<{ path: string }>(
    a => `${a.path} holds a private key that others on the node may read`,
    () => 'set mode: 0600',
  ),
  'storage-size-not-whole': error<{ size: string }>(
    a => `${a.size} is no whole number of MiB`,
    () => 'partitions are laid out in steps of 1MiB',
  ),
  'storage-size-too-large': error<{ size: string }>(a => `${a.size} is more than any disk has`),
  'storage-type-reserved': error<{ label: string }>(
    a => `the partition ${a.label} cannot have this type`,
    () => 'leave type out: KEEL-STATE and KEEL-DATA have their own, and others cannot have those',
  ),
  'storage-type-zero': error(
    () => 'a partition of this type does not exist',
    () => 'the GUID of zeros marks an empty entry of the table; leave type out',
  ),
  'storage-unknown-partition': error<{ label: string; nearest: string | undefined }>(
    a => `no disk of this config has a partition ${a.label}`,
    a => meant(a.nearest) ?? 'add it to storage.disks',
  ),

  // kubernetes
  'kubernetes-ca-hash': error<{ why: string; better: string | undefined }>(
    a => `this is no hash of a CA: ${a.why}`,
    a => (a.better === undefined ? HASH_HINT : `write ${a.better}`),
  ),
  'kubernetes-client-ca': error(
    () => 'this is no certificate in PEM',
    () => 'it starts with -----BEGIN CERTIFICATE-----',
  ),
  'kubernetes-client-ca-choice': error<{ given: readonly string[] }>(
    a =>
      a.given.length === 0
        ? 'nothing says what the client CA is'
        : `the client CA is given ${a.given.length} times`,
    () => 'give exactly one of inline and local',
  ),
  'kubernetes-client-ca-key': error(
    () => 'this is a private key, and the kubelet needs only the certificate',
    () => "give the CA's certificate and keep its key to yourself",
  ),
  'kubernetes-discovery-file': error<{ problem: string }>(
    a => `this discovery file leads to no cluster: ${a.problem}`,
    () => 'a kubeconfig with the server and the certificate-authority-data of the cluster is needed',
  ),
  'kubernetes-discovery-file-choice': error<{ given: readonly string[] }>(
    a =>
      a.given.length === 0 ? 'nothing says what the discovery file is' : 'the discovery file is given twice',
    () => 'give exactly one of inline and local',
  ),
  'kubernetes-container-incomplete': error<{ pod: string; key: string }>(
    a => `a container of the pod ${a.pod} has no ${a.key}`,
  ),
  'kubernetes-duplicate-ca-hash': error<{ hash: string }>(a => `${a.hash} is given twice`),
  'kubernetes-duplicate-container': error<{ pod: string; name: string }>(
    a => `the pod ${a.pod} has two containers ${a.name}`,
  ),
  'kubernetes-duplicate-image': error<{ path: string }>(a => `the archive ${a.path} is named twice`),
  'kubernetes-duplicate-pod': error<{ name: string }>(a => `there is already a static pod ${a.name}`),
  'kubernetes-duplicate-taint': error<{ taint: string }>(
    a => `there is already a taint ${a.taint}`,
    () => 'a key has at most one taint of each effect',
  ),
  'kubernetes-endpoint': error<{ endpoint: string; why: string; better: string | undefined }>(
    a => `${a.endpoint} is no endpoint of a cluster: ${a.why}`,
    a => (a.better === undefined ? 'write host:port, for example cp.example.org:6443' : `write ${a.better}`),
  ),
  'kubernetes-join-choice': error<{ given: readonly string[] }>(
    a => `the cluster is named by a discovery file and by ${a.given.join(' and ')}`,
    () => 'keep discoveryFile, which holds both, or leave it out',
  ),
  'kubernetes-join-delay-order': error<{ delay: string; maxDelay: string }>(
    a => `the first delay ${a.delay} is longer than the longest, ${a.maxDelay}`,
  ),
  'kubernetes-join-incomplete': error<{ key: string }>(
    a => `nothing says the ${a.key} by which this worker joins`,
    () => JOIN_HINT,
  ),
  'kubernetes-join-missing': error(
    () => 'nothing says which cluster this worker joins',
    () => JOIN_HINT,
  ),
  'kubernetes-join-unpinned': error(
    () => 'without the hash of its CA any machine in between could pass for the cluster',
    () => HASH_HINT,
  ),
  'kubernetes-key-without-role': error<{ key: string; role: string; roles: readonly string[] }>(
    a => `${a.key} says nothing with role ${a.role}`,
    a => `it goes with role ${either(a.roles)}; write that, or leave it out`,
  ),
  'kubernetes-kubelet-arg': error<{ name: string; better: string | undefined }>(
    a => `${a.name} is no name of a flag`,
    a => (a.better === undefined ? 'a flag is lower-case words joined by dashes' : `write ${a.better}`),
  ),
  'kubernetes-kubelet-arg-blank': error<{ name: string }>(
    a => `the value of ${a.name} has a blank or a line end`,
    () =>
      'kubeadm hands flags on in one line, divided by blanks; kubelet.config can say most of what flags can',
  ),
  'kubernetes-kubelet-arg-owned': error<{ name: string; instead: string | undefined }>(
    a => `the flag ${a.name} is Keel's`,
    a => (a.instead === undefined ? 'init starts and watches the kubelet by it' : `use ${a.instead}`),
  ),
  'kubernetes-kubelet-arg-value': error<{
    name: string
    value: string
    why: string
    hint: string | undefined
  }>(
    a => `the flag \`${a.name}\` cannot be ${a.value === '' ? 'empty' : `\`${a.value}\``}: ${a.why}`,
    a => a.hint,
  ),
  'kubernetes-kubelet-fixed': error<{ field: string; instead: string | undefined }>(
    a => `${a.field} of the kubelet cannot be changed`,
    a => (a.instead === undefined ? 'init starts and watches the kubelet by it' : `use ${a.instead}`),
  ),
  'kubernetes-kubelet-gate-locked': error<{ name: string; gate: FeatureGate }>(
    a =>
      `the feature gate \`${a.name}\` is ${STAGES[a.gate.stage] ?? a.gate.stage} in Kubernetes ${KUBERNETES_VERSION} and locked to ${a.gate.default}`,
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
    a => `the kubelet of Kubernetes ${KUBERNETES_VERSION} has no ${a.kind} ${a.name}`,
    a => a.hint,
  ),
  'kubernetes-label-forbidden': error<{ name: string; value: string }>(
    a => `a kubelet may not give its own node the label ${a.name}`,
    a => `set it in the cluster: kubectl label node NAME ${a.name}=${a.value}`,
  ),
  'kubernetes-label-name': error<{ name: string; why: string }>(
    a => `${a.name} cannot be the name of a label: ${a.why}`,
    () => 'a name is like example.org/rack or rack',
  ),
  'kubernetes-label-value': error<{ name: string; value: string; why: string }>(
    a => `${a.value} cannot be the value of the label ${a.name}: ${a.why}`,
  ),
  'kubernetes-node-name': error<{ name: string; length: number }>(
    a => `the name ${a.name} has ${a.length} characters, and that of a worker's node at most 63`,
    () => 'give a shorter kubernetes.nodeName',
  ),
  'kubernetes-not-a-pod': error<{ found: string }>(a => `a static pod is a Pod of v1, not ${a.found}`),
  'kubernetes-pod-cidr-host': error<{ cidr: string; network: string }>(
    a => `${a.cidr} is an address in a prefix, not a prefix`,
    a => `write ${a.network}`,
  ),
  'kubernetes-pod-cidr-overlap': error<{ cidr: string; address: string }>(
    a => `the pods' prefix ${a.cidr} overlaps the network of the node's address ${a.address}`,
  ),
  'kubernetes-pod-cidr-small': error<{ cidr: string }>(
    a => `${a.cidr} has too few addresses for pods`,
    () => 'a prefix of 24 bits is usual',
  ),
  'kubernetes-pod-empty': error<{ name: string }>(a => `the pod ${a.name} has no container`),
  'kubernetes-pod-file': error<{ name: string; problem: string }>(a => `${a.name}: ${a.problem}`),
  'kubernetes-pod-name': error<{ name: string | undefined }>(
    a => (a.name === undefined ? 'the pod has no metadata.name' : `${a.name} cannot be the name of a pod`),
    () => 'a name has lower-case letters, digits and dashes, for example hello',
  ),
  'kubernetes-pod-needs-api': error<{ pod: string; what: string }>(
    a => `the static pod ${a.pod} cannot have ${a.what}: there is no API server that holds it`,
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
    a => `the pod ${a.name} never starts while nothing brings a pod network`,
    () => 'set hostNetwork: true in the pod, or cni: {bridge: {}}',
  ),
  'kubernetes-shutdown-order': error<{ critical: string; grace: string }>(
    a => `critical pods cannot get ${a.critical} of ${a.grace}`,
    () => 'criticalPodsGracePeriod is a part of gracePeriod',
  ),
  'kubernetes-static-pod-choice': error<{ given: readonly string[] }>(
    a => (a.given.length === 0 ? 'nothing says what this pod is' : 'the pod is given twice'),
    () => 'give exactly one of local and pod',
  ),
  'kubernetes-taint': error<{ part: string; text: string; why: string }>(
    a => `${a.text} cannot be the ${a.part} of a taint: ${a.why}`,
  ),
  'kubernetes-token': error<{ why: string }>(
    a => `this is no bootstrap token: ${a.why}`,
    () =>
      'it is six lower-case letters or digits, a dot and sixteen more; kubeadm token create prints a new one',
  ),
  'kubernetes-worker-without-network': error(
    () => 'a worker without an interface never reaches its cluster',
    () => 'add an interface, or leave network.interfaces out: then all of them ask DHCP',
  ),
  'kubernetes-worker-without-state': warning(
    () => 'nothing keeps who this worker is, so it joins anew at every boot',
    () => 'add a partition KEEL-STATE to storage.disks, or see that its token never expires',
  ),

  // onFailure
  'on-failure-delay': error<{ field: string; value: string; hours: number }>(
    a => `${a.value} is no ${a.field}`,
    a => `it can be from 1s to ${a.hours}h`,
  ),
  'on-failure-delay-order': error<{ delay: string; maxDelay: string }>(
    a => `the first delay ${a.delay} is longer than the longest, ${a.maxDelay}`,
  ),

  'keel-bug': error<{ pointer: string; keyword: string }>(
    a => `Keel made a machine config that its own schema refuses at ${a.pointer} (${a.keyword})`,
    () => 'this is a bug in Keel; please report it with the lines shown here',
  ),
} as const

/** Codes of earlier versions, never given to anything else. */
export const retired: readonly string[] = []

export type Code = keyof typeof catalog
export type Args<C extends Code> = Parameters<(typeof catalog)[C]['message']>[0]
