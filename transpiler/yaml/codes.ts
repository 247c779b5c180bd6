/** Sources that are not even YAML, or no node config, and the files that they name. */
import { code, error } from '../diag/define.ts'
import type { IndentationFault, LineFault } from './syntax-cause.ts'
import { INDENTATION_FAULTS, SYNTAX } from './words.ts'

export const YAML_CODES = {
  'source-empty': error(
    () => 'this config is empty',
    () => 'start with apiVersion: keel/v1 and hostname',
  ),
  'source-foreign': error<{ what: string }>(
    a => `this is ${a.what}, not a node config`,
    () => 'a node config starts with apiVersion: keel/v1',
    'Keel recognises configs of other tools by their first line or their keys. It never guesses at what they mean.',
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
    'A second document would be either silently ignored or silently merged. Several files can be given instead; they are joined in order: maps deep, later values win, lists one after the other, null removes.',
  ),
  'source-too-large': error<{ size: number; limit: number }>(
    a => `the config has ${a.size} characters; the limit is ${a.limit}`,
    () => 'put large files next to the config and name them by local',
  ),
  'template-unfilled': error<{ template: string }>(
    a => `${code(a.template)} is a template expression that was not filled in`,
    () => 'fill in the template before keelctl reads it, or put the text in quotes if it is meant literally',
    'Keel fills in no templates. What a file of the node contains may have such text; names, addresses and paths may not.',
  ),
  'yaml-alias-bomb': error<{ limit: number }>(
    a => `the aliases of this config expand to more than ${a.limit} values`,
    () => 'write out the values that are needed',
    'Nested aliases can expand to billions of values in a few lines. Keel counts the expanded values and stops.',
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
    'YAML forbids the same key twice in a map; tools that allow it silently drop one of the two.',
  ),
  'yaml-invalid-surrogate': error(
    () => 'this text contains half of a surrogate pair, which is not a character',
    () => 'write the character itself',
  ),
  'yaml-indentation': error<{ fault: IndentationFault }>(
    a => INDENTATION_FAULTS[a.fault]?.[0] ?? 'this line is indented wrongly',
    a => INDENTATION_FAULTS[a.fault]?.[1],
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
  'yaml-unclosed': error<{ mark: string; hasComment: boolean }>(
    a => `this ${a.mark} is never closed`,
    a =>
      a.hasComment ? 'a # after a space starts a comment; put text that contains one in quotes' : undefined,
  ),
  'yaml-typographic-quote': error(
    () => 'this starts with a typographic quotation mark, which does not quote in YAML',
    () => 'put the text in straight quotes, " or \'',
    'Word processors and chats replace straight quotes by typographic ones.',
  ),
  'yaml-version': error<{ version: string }>(
    a => `this document declares YAML ${a.version}, and a node config is YAML 1.2`,
    () => 'remove the %YAML line',
    'Earlier versions of YAML read words such as yes and no as true and false. A node config is always YAML 1.2.',
  ),
  'local-outside': error<{ path: string }>(
    a => `${code(a.path)} is outside the folder of this config`,
    () => 'put the file next to the config and write its path with / and without ..',
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
} as const
