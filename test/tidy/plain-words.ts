/**
 * Words that name a thing of this field by a word of our own, and the term that is searched for.
 * An operator who searches the web for the words of a message finds something, and nobody needs a glossary to read a name.
 */
import { isRead, type Kind, piecesOf } from './pieces.ts'

/** `words` is a regular expression over whole words in lower case; in a name it is matched against its parts (`parserDied` is "parser died"). */
export interface PlainWord {
  readonly words: string
  readonly instead: string
  readonly where: readonly Kind[]
}

const ALL: readonly Kind[] = ['name', 'prose', 'string']
const TEXT: readonly Kind[] = ['prose', 'string']
const NAMES: readonly Kind[] = ['name']
const MESSAGES: readonly Kind[] = ['string']

const word = (where: readonly Kind[], words: string, instead: string): PlainWord => ({
  words,
  instead,
  where,
})

export const PLAIN_WORDS: readonly PlainWord[] = [
  // Names that the code had, and their terms.
  word(NAMES, 'wakes?', 'EventLoop, wakeup'),
  word(ALL, 'beside', 'next to, in addition to, in the background'),
  word(NAMES, 'alone', 'the name of what is missing (NoPump)'),
  word(ALL, 'hurry', 'expedite'),
  word(ALL, 'deeds?', 'operation'),
  word(NAMES, 'laid|lays', 'layout'),
  word(NAMES, 'wish|wishes', 'request'),
  word(NAMES, 'news', 'event'),
  word(NAMES, 'demands?', 'requirement'),
  word(NAMES, 'said', 'output, detail, message'),
  word(NAMES, 'says', 'description, message'),
  word(NAMES, 'takes|takers?', 'parameters, optional, listeners'),
  word(NAMES, 'had', 'resolved, previous'),
  word(NAMES, 'told', 'reported, notified'),
  word(ALL, 'worlds?(?! wide)', 'environment'),
  word(NAMES, 'troubles?', 'cause, failure, problem'),
  word(NAMES, 'machine of', 'resolveMachineConfig, transpiled'),
  word(NAMES, 'misfits?', 'indentationFault'),
  word(NAMES, 'unfit', 'unusable'),
  word(NAMES, 'situations?', 'context'),
  word(NAMES, 'story|stories', 'transcript'),
  word(NAMES, 'brief', 'short-lived, minimal'),
  word(NAMES, 'shy', 'notAuthoritative'),
  word(ALL, 'personas?', 'profile'),
  word(NAMES, 'patience|patient|impatient', 'timeout'),
  word(NAMES, 'strangers?', 'other, unrelated'),
  word(NAMES, 'robbed', 'what was removed'),
  word(NAMES, 'hush', 'secret'),
  // Codes that were renamed.
  word(ALL, 'platform untold', 'platform-report-failed'),
  word(ALL, 'source misspelled', 'cmdline-invalid'),
  word(ALL, 'join secrets gone', 'join-credentials-missing'),
  word(ALL, 'parser died', 'parser-crashed'),
  // Words of our own, or of another century.
  word(ALL, 'rubbish', 'garbage'),
  word(ALL, 'judge[sd]?|judging', 'check, validate, evaluate'),
  word(ALL, 'mend(s|ed|ing)?', 'fix, repair'),
  word(ALL, 'heal(s|ed|ing)?', 'recover, repair'),
  word(ALL, 'obey(s|ed|ing)?', 'apply, follow'),
  word(ALL, 'misspelt', 'misspelled'),
  word(ALL, 'anew', 'again, from scratch'),
  word(ALL, 'for ever', 'forever'),
  word(ALL, 'in the making', 'unfinished'),
  word(ALL, 'cut short', 'truncated'),
  word(TEXT, 'st(and|ands|anding|ood) in for', 'replace, be the placeholder of'),
  word(NAMES, 'stand in', 'placeholder'),
  word(
    ALL,
    'whence|wherefrom|thereof|whereof|thither|hither|hitherto|forthwith|ere|nigh|lest|aught|naught|unto|thrice|betwixt|whilst|amongst|yonder|withal',
    'a word of today',
  ),
  word(ALL, 'whoever', 'any client, the caller, the reader'),
  word(ALL, 'to be had', 'available'),
  word(ALL, 'untold', 'not reported'),
  word(ALL, 'laid down|lays down', 'written, copied, created'),
  word(ALL, 'slips?', 'mistake, typo'),
  word(ALL, 'stands? still', 'is stopped, is halted'),
  word(TEXT, 'unless told otherwise', 'by default'),
  word(TEXT, 'in words', 'as text, as a phrase'),
  word(TEXT, 'without a word|in silence', 'silently'),
  word(TEXT, 'to the letter', 'exactly'),
  word(TEXT, 'what becomes? of', 'the result of, the state of'),
  word(TEXT, 'shall|till|upon', 'must, until, on'),
  // Sentences that start at the wrong end.
  word(TEXT, 'that (is|are) none', 'that is not one, an invalid one'),
  word(TEXT, '(is|are|was|were|been|be|being) told(?! (to|apart|from)\\b)', 'reported, informed of'),
  word(TEXT, 'nothing of(?! the sort)', 'none of, does not … any'),
  word(TEXT, '(that|which) there (is|are|was|were)( not| none)?', 'that exists, that does not exist'),
  word(
    TEXT,
    '(?<!there )(is|are|was|were|be) no(?! (longer|licence|help|more|less|different|other|worse|better|faster|slower|larger|smaller|earlier|later))',
    'is not a',
  ),
  word(TEXT, 'does as asked|do as asked|did as asked', 'succeeds'),
  word(TEXT, 'said of|says of', 'says about, reports about'),
  word(TEXT, 'hears? of|heard of', 'learn of, receive'),
  // Sentences of messages.
  word(TEXT, 'not possible here', 'out of range (from … to …)'),
  word(TEXT, 'nothing says which', 'needs one of'),
  word(TEXT, 'says nothing with', 'has no effect with'),
  word(TEXT, '(is|are) too (little|few)', 'too small (at least …)'),
  word(TEXT, 'must be (a )?text', 'expected a string, found …'),
  word(TEXT, 'a blank|blanks', 'a space, spaces'),
  word(MESSAGES, 'in vain', 'without an answer, failed'),
  word(MESSAGES, 'it said', 'its last output'),
  word(MESSAGES, 'a text', 'a string'),
]

export interface Finding {
  readonly line: number
  readonly word: string
  readonly instead: string
}

/** A space of a row is any white space of a text, with the marks that begin a line of a comment. */
const alternatives = (rows: readonly PlainWord[]) => {
  const words = rows.map(row => row.words.replaceAll(' ', '\\s+(?:[/*#!]+\\s+)?'))
  return new RegExp(`(?<![a-z])(?:${words.join('|')})(?![a-z])`, 'gi')
}

const RULES = PLAIN_WORDS.map(row => ({ ...row, regexp: alternatives([row]) }))
const anyOf = (kind: Kind) => alternatives(PLAIN_WORDS.filter(row => row.where.includes(kind)))
const ANY: Readonly<Record<Kind, RegExp>> = {
  name: anyOf('name'),
  prose: anyOf('prose'),
  string: anyOf('string'),
}

export function findingsIn(file: string, text: string): Finding[] {
  return [{ kind: 'name' as const, text: file, line: 1 }, ...piecesOf(file, text)].flatMap(piece => {
    const shown = piece.kind === 'name' ? partsOf(piece.text) : piece.text
    const kind = piece.kind === 'name' && shown.split(' ').length > LONGEST_NAME ? 'prose' : piece.kind
    if (shown.search(ANY[kind]) < 0) return []
    return RULES.filter(rule => rule.where.includes(kind)).flatMap(rule =>
      [...shown.matchAll(rule.regexp)].map(match => ({
        line: piece.line + (shown.slice(0, match.index).match(/\n/g) ?? []).length,
        word: match[0].replace(/\s+/g, ' ').toLowerCase(),
        instead: rule.instead,
      })),
    )
  })
}

/** The name of a test in Rust is a sentence. */
const LONGEST_NAME = 4

/** `parserDied`, `parser_died`, `PARSER_DIED` and `parser-died` are "parser died". */
const partsOf = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z\d]+/g, ' ')
    .trim()

/** Not read: what is generated, what others wrote, inputs of tests, release notes of the past, and this table. */
const SKIPPED =
  /(^|\/)generated\/|^schema\/(fragment|kubernetes)\/|^docs\/(reference\/|release-notes\.md)|^fixtures\/(golden|machine|pods)\/|^init-stub\/fuzz\/corpus\/|lock\.json$|^test\/long\/conformance-tests\.ts$|^test\/tidy\/plain-words/

export const readFiles = (files: readonly string[]): string[] =>
  files.filter(file => isRead(file) && !SKIPPED.test(file))
