/** One mistake is one problem, at its line, with a message that is true. */
import { describe, expect, test } from 'vitest'
import { transpile } from '../../transpiler/index.ts'
import { diagnosticsOf, HEAD, joining, placesOf, problemsOf } from './problems.ts'

describe('a value that cannot be read is not missing as well', () => {
  test.each([
    [
      'an octal token',
      joining('192.0.2.1:6443').replace('abcdef.0123456789abcdef', '123456.12e4567890123456'),
      ['yaml-number'],
    ],
    [
      'a huge serial',
      `${HEAD}storage: {disks: [{match: {serial: 98765432109876543210}, partitions: [{label: a, size: rest}]}]}\n`,
      ['yaml-number'],
    ],
    [
      'an alias to nothing, as the host name',
      'apiVersion: keel/v1\nhostname: *name\n',
      ['yaml-alias-unknown'],
    ],
    ['an alias to nothing, in a list', `${HEAD}kernel: {modules: [*m, a]}\n`, ['yaml-alias-unknown']],
    ['an alias to nothing, merged', `${HEAD}kernel: {<<: *k, modules: [a]}\n`, ['yaml-alias-unknown']],
    ['an alias to itself', `${HEAD}kernel: &k {sysctl: *k}\n`, ['yaml-alias-loop']],
    ['a key that is a list', `${HEAD}kubernetes: {[role]: worker}\n`, ['yaml-key-not-text']],
    [
      'a pod with half a character',
      `${HEAD}kubernetes: {role: standalone, staticPods: [{pod: {apiVersion: v1, kind: Pod, metadata: {name: "\\uD800"}, spec: {hostNetwork: true, containers: [{name: a, image: b}]}}}]}\n`,
      ['yaml-invalid-surrogate'],
    ],
    ['the whole config', '12345678901234567890123\n', ['yaml-number']],
    [
      'one number, used twice',
      `x-n: &n 12345678901234567890123\n${HEAD}storage: {files: [{path: /etc/a, uid: *n, gid: *n, contents: {inline: a}}]}\n`,
      ['yaml-number'],
    ],
  ])('%s', (_, text, wanted) => expect(problemsOf(text)).toEqual(wanted))

  test('and hides no other problem', () => {
    const text = `${HEAD}kernel: {modules: [*m], sysctl: {ip_forward: 1}}\nstorage: {files: [{path: etc/a, contents: {inline: a}}]}\n`
    expect(problemsOf(text)).toEqual([
      'yaml-alias-unknown',
      'schema-form $.kernel.sysctl.ip_forward',
      'path-not-absolute $.storage.files[0].path',
    ])
  })
})

describe('a key that does not exist is one error', () => {
  test.each(['inline', 'file', 'manifest', 'locale'])('of a static pod: %s', key => {
    expect(problemsOf(`${HEAD}kubernetes: {role: standalone, staticPods: [{${key}: "a: 1"}]}\n`)).toEqual([
      `schema-unknown-key $.kubernetes.staticPods[0].${key}`,
    ])
  })

  test.each([
    ['kubernetes: {role: standalone, clientCA: {file: a}}', '$.kubernetes.clientCA.file'],
    [
      'kubernetes: {role: worker, join: {token: abcdef.0123456789abcdef, discoveryFile: {path: a}}}\nstorage: {disks: [{match: {serial: a}, partitions: [{label: KEEL-STATE, size: 1GiB}]}]}',
      '$.kubernetes.join.discoveryFile.path',
    ],
    ['storage: {files: [{path: /etc/a, contents: {url: a}}]}', '$.storage.files[0].contents.url'],
    ['storage: {links: [{path: /etc/a, target: /b, mode: 0644}]}', '$.storage.links[0].mode'],
  ])('%s', (rest, path) => expect(problemsOf(`${HEAD}${rest}\n`)).toEqual([`schema-unknown-key ${path}`]))
})

describe('wrong indentation', () => {
  test.each([
    ['a key below a value', 'apiVersion: keel/v1\nhostname: w1\n  network: {}\n', ['yaml-indentation 3:3']],
    [
      'a key below a value in a list',
      `${HEAD}storage:\n  files:\n    - path: /etc/a\n        mode: 0600\n`,
      ['yaml-indentation 6:9'],
    ],
    [
      'all but the first line, as of an indented heredoc',
      'apiVersion: keel/v1\n    hostname: w1\n    kernel:\n      modules: []\n',
      ['yaml-indentation 2:5'],
    ],
    ['only the first line', '  apiVersion: keel/v1\nhostname: w1\n', ['yaml-indentation 2:1']],
    [
      'a key between two columns',
      `${HEAD}kernel:\n    modules: []\n  sysctl: {}\n`,
      ['yaml-indentation 5:3'],
    ],
    [
      'an item between two columns',
      `${HEAD}kernel:\n  modules:\n    - a\n   - b\n`,
      ['yaml-indentation 6:4'],
    ],
    [
      'a string in column 0, and its fallout',
      `${HEAD}storage:\n  files:\n    - path: /etc/a\n      contents:\n        inline: |\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n    - path: /etc/b\n      contents: {inline: b}\n    - path: /etc/c\n      contents: {inline: c}\n`,
      ['yaml-indentation 8:1'],
    ],
    [
      'a line of a string to the left of it',
      `${HEAD}storage:\n  files:\n    - path: /etc/a\n      contents:\n        inline: >-\n          one\n   two\n`,
      ['yaml-indentation 9:4'],
    ],
  ])('%s', (_, text, wanted) => expect(placesOf(text)).toEqual(wanted))
})

describe('what is not YAML for another reason', () => {
  test.each([
    ['a second colon', `${HEAD}time: servers: [a]\n`, ['yaml-syntax 3:7']],
    [
      'a second colon in brackets',
      `${HEAD}storage: {links: [{path: /etc/a, target: b: c}]}\n`,
      ['yaml-syntax 3:42'],
    ],
    ['no comma', '{"apiVersion": "keel/v1" "hostname": "w1"}\n', ['yaml-syntax 1:16']],
    ['no space', 'apiVersion: keel/v1\nhostname:w1\nkernel: {}\n', ['yaml-syntax 2:1']],
    ['a no-break space', 'apiVersion: keel/v1\nhostname:\u00a0w1\n', ['yaml-syntax 2:1']],
    ['no colon', 'apiVersion: keel/v1\nhostname w1\nkernel: {}\n', ['yaml-syntax 2:1']],
    ['a list on the line of its key', `${HEAD}kernel:\n  modules: - a\n`, ['yaml-syntax 4:12']],
    ['a character that starts no text', `${HEAD}kernel: {modules: [@a]}\n`, ['yaml-syntax 3:20']],
    ['text after a closing quote', `${HEAD}storage: {links: []}\nx-a: "b" c\n`, ['yaml-syntax 4:10']],
    ['text on the line of a bar', `${HEAD}x-a: | b\n`, ['yaml-syntax 3:8']],
    ['a bracket too many', `${HEAD}kernel: {modules: [a]}}\n`, ['yaml-syntax 3:23']],
    [
      'a bracket that is never closed',
      `${HEAD}kernel:\n  modules: [a,\n    b\ntime: {}\n`,
      ['yaml-unclosed 4:12'],
    ],
    ['a list closed by the bracket of a map', `${HEAD}time: {servers: [a}\n`, ['yaml-unclosed 3:17']],
    ['a map closed by the bracket of a list', `${HEAD}a:\n  b: [{c: d}, {e: f]\n`, ['yaml-unclosed 4:15']],
    [
      'a map that is never closed, with a list in it that is',
      `${HEAD}time: {servers: [a]\nkernel: {modules: [a]}\n`,
      ['yaml-unclosed 3:7'],
    ],
    ['a list that the next key is in', `${HEAD}x-a: [b, c\n  d: e}\n`, ['yaml-unclosed 3:6']],
    ['no comma before a key in the next line', `${HEAD}x-a: [b, c\n  d: e]\n`, ['yaml-syntax 3:10']],
    [
      'no colon, above a list of maps',
      `${HEAD}storage:\n  disks:\n  - match: {serial: x}\n    partitions\n    - {label: a, size: 1GiB}\n`,
      ['yaml-syntax 6:5'],
    ],
    ['no colon, above a list', `${HEAD}time:\n  servers\n  - a: b\n`, ['yaml-syntax 4:3']],
    [
      'no colon, and two in a later line',
      `${HEAD}kernel\n  modules: [a]\nx-a: b\nx-c: d: e\n`,
      ['yaml-syntax 3:1', 'yaml-syntax 6:6'],
    ],
    ['a tab in a list', `${HEAD}kernel:\n  modules:\n\t- a\n`, ['yaml-tab 5:1']],
    ['a tab in brackets', `${HEAD}kernel: {\n\tmodules: [a]}\n`, ['yaml-tab 4:1']],
    ['brackets in column 0', `${HEAD}kernel: {\nmodules: [a]\n}\n`, ['yaml-indentation 4:1']],
    ['a closing bracket in column 0', `${HEAD}kernel:\n  modules: [\n    a\n]\n`, ['yaml-indentation 6:1']],
  ])('%s', (_, text, wanted) => expect(placesOf(text)).toEqual(wanted))

  test('two colons in each of two lines are two problems', () => {
    expect(placesOf(`${HEAD}time: servers: [a]\nkernel: modules: [b]\n`)).toEqual([
      'yaml-syntax 3:7',
      'yaml-syntax 4:9',
    ])
  })
})

describe('a time that is too long is one problem', () => {
  test('also where another one follows from it', () => {
    expect(problemsOf(joining('192.0.2.1:6443').replace('token:', 'retryDelay: 48h, token:'))).toEqual([
      'duration-range $.kubernetes.join.retryDelay',
    ])
    expect(
      problemsOf(joining('192.0.2.1:6443').replace('token:', 'retryDelay: 48h, maxRetryDelay: 99h, token:')),
    ).toEqual([
      'duration-range $.kubernetes.join.retryDelay',
      'duration-range $.kubernetes.join.maxRetryDelay',
    ])
  })

  test.each([
    ['onFailure: {reboot: {delay: 48h}}', 'on-failure-delay $.onFailure.reboot.delay'],
    ['onFailure: {reboot: {maxDelay: 1ms}}', 'on-failure-delay $.onFailure.reboot.maxDelay'],
    [
      'kubernetes: {role: standalone, shutdown: {gracePeriod: 5ms}}',
      'duration-range $.kubernetes.shutdown.gracePeriod',
    ],
    [
      'kubernetes: {role: standalone, shutdown: {criticalPodsGracePeriod: 2h}}',
      'duration-range $.kubernetes.shutdown.criticalPodsGracePeriod',
    ],
  ])('%s', (rest, wanted) => expect(problemsOf(`${HEAD}${rest}\n`)).toEqual([wanted]))
})

describe('a template that nobody filled in', () => {
  test.each([
    ['of Ansible', 'apiVersion: keel/v1\nhostname: {{ inventory_hostname }}\n', ['template-unfilled 2:11']],
    ['in a list', `${HEAD}time: {servers: [{{ ntp }}, time.example.org]}\n`, ['template-unfilled 3:18']],
    ['with something behind it', 'apiVersion: keel/v1\nhostname: {{ role }}-1\n', ['template-unfilled 2:11']],
    ['in quotes', 'apiVersion: keel/v1\nhostname: "{{ role }}-1"\n', ['template-unfilled 2:11']],
    ['of Helm', `${HEAD}kernel:\n  modules:\n    {{- range .Values.modules }}\n`, ['template-unfilled 5:5']],
    [
      'of Jinja',
      `${HEAD}{% if gpu %}\nkernel: {}\n{% endif %}\n`,
      ['template-unfilled 3:1', 'template-unfilled 5:1'],
    ],
    [
      'of Terraform or a shell',
      `apiVersion: keel/v1\nhostname: ${'$'}{var.name}\n`,
      ['template-unfilled 2:11'],
    ],
    [
      'of ERB',
      `${HEAD}storage: {files: [{path: <%= dir %>, contents: {inline: a}}]}\n`,
      ['template-unfilled 3:26'],
    ],
    ['as a whole section', `${HEAD}kubernetes: {{ toJson .kubernetes }}\n`, ['template-unfilled 3:13']],
    ['as an endpoint', joining('{{ cp }}:6443'), ['template-unfilled 7:20']],
  ])('%s', (_, text, wanted) => expect(placesOf(text)).toEqual(wanted))

  test('is allowed where any string is possible', () => {
    expect(
      problemsOf(`${HEAD}storage: {files: [{path: /etc/a, contents: {inline: "{{ a }} \${b} <%= c %>"}}]}\n`),
    ).toEqual([])
  })
})

describe('a number as another tool writes it gets its own form in the hint', () => {
  const hints = (text: string) =>
    diagnosticsOf(HEAD + text).map(({ code, hint }) => [code, /`(.*)`/.exec(hint ?? '')?.[1]])

  test.each([
    ['uid: 0033', '33'],
    ['uid: 00', '0'],
    ['gid: 0o17', '15'],
    ['uid: "1000"', '1000'],
    ['gid: 1_000', '1000'],
    ['gid: "12,000"', '12000'],
  ])('%s', (owner, wanted) => {
    expect(hints(`storage: {directories: [{path: /etc/a, ${owner}}]}\n`)).toEqual([['schema-type', wanted]])
  })

  test('and an invalid one is not', () => {
    expect(hints('storage: {directories: [{path: /etc/a, uid: root}]}\n')).toEqual([
      ['schema-type', undefined],
    ])
  })
})

describe('a mode in decimal gets all its meanings in the hint', () => {
  test.each([
    ['420', ['0420', '0644']],
    ['493', ['0755']],
    ['384', ['0600']],
    ['256', ['0256', '0400']],
    ['288', ['0440']],
    ['416', ['0416', '0640']],
    ['511', ['0511', '0777']],
    ['644', ['0644']],
    ['600', ['0600']],
    ['1777', ['01777']],
    ['1023', ['01023', '01777']],
  ])('%s', (mode, wanted) => {
    const [problem] = diagnosticsOf(`${HEAD}storage: {directories: [{path: /etc/a, mode: ${mode}}]}\n`)
    expect(problem?.code).toBe('storage-mode')
    expect(problem?.hint?.match(/(?<=`)\d+(?=`)/g)).toEqual(wanted)
  })
})

describe('a source without a key', () => {
  const empty = ['', '\n\n', '# nothing here\n', '---\n', 'null\n', '~\n']

  test.each(empty)('adds nothing to others: %j', text => {
    const expected = transpile([{ name: 'a', text: HEAD }]).text
    for (const texts of [
      [HEAD, text],
      [text, HEAD],
      [text, HEAD, text],
    ]) {
      const result = transpile(texts.map((one, i) => ({ name: `${i}`, text: one })))
      expect(result.diagnostics).toEqual([])
      expect(result.text).toBe(expected)
    }
  })

  test.each(empty)('is not a config: %j', text => {
    expect(problemsOf(text)).toEqual(['source-empty'])
    expect(problemsOf(text, text)).toEqual(['source-empty'])
  })
})
