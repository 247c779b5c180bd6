/** Messages for a text that is not YAML. */
import type { IndentationFault, LineFault } from './syntax-cause.ts'

/** What is wrong with a line, and what to do. */
export const SYNTAX: Readonly<Record<LineFault, readonly [words: string, hint: string]>> = {
  'merge-conflict': [
    'this line is a mark of a merge conflict',
    'resolve the conflict: keep one of the two versions, and remove the marks',
  ],
  'second-colon': [
    'this line has a second colon',
    'put text that contains ": " in quotes, or start the inner map on a line of its own',
  ],
  'no-colon': [
    'expected a key, a colon and a space',
    'write key: value; text of several lines is indented deeper than its key',
  ],
  'no-space': ['there is no space after the colon', 'write key: value'],
  'no-break-space': ['this line contains a no-break space', 'replace it with a plain space'],
  'no-comma': ['there is no comma between two items', 'separate the items in brackets with commas'],
  start: ['text cannot start with this character', 'put it in quotes'],
  'list-on-key-line': [
    'a list cannot start on the line of its key',
    'start the list on the next line, or write it as [a, b]',
  ],
  'text-on-mark-line': [
    'text after | or > starts on the next line',
    'move it to the next line, and indent it',
  ],
  'stray-bracket': ['this closing bracket has no opening bracket', 'remove it, or add the opening bracket'],
  'after-end': [
    'there is text after the end of this value',
    "put the whole value in one pair of quotes; inside single quotes write '' for a quote",
  ],
  // The parser's own words are used.
  unknown: ['', 'look for a stray quote, bracket or colon, or put the text in quotes'],
}
/** What a line does not fit, and what to do. */
export const INDENTATION_FAULTS: Readonly<Record<IndentationFault, readonly [words: string, hint: string]>> =
  {
    deeper: [
      'this line is indented deeper than the key above it, which already has a value',
      'start all keys of a map in the same column; keys below another key need that key without a value',
    ],
    column: [
      'this line does not start in the column of any key above it',
      'start all keys of a map in the same column',
    ],
    item: [
      'this list item does not start in the column of any list item above it',
      'start all items of a list in the same column',
    ],
    'key-of-item': [
      'this is neither a new list item nor in the column of the keys of the last one',
      'indent it like the other keys of its item, or start an item with a dash',
    ],
    brackets: [
      'this line is inside brackets and not indented deeper than their key',
      'indent everything between the brackets, and the closing one, deeper than the key',
    ],
    text: [
      'this line is indented less than the text above it, so it is not part of that text',
      'indent every line of text after | or > deeper than its key',
    ],
  }
