import { readAnnounced } from './announced-option.ts'
import { asks, endsSentence, isDisclaimed, lineEnd } from './clause.ts'
import { readMarkedOptions } from './marked-options.ts'
import { isClosing, isOpening } from './option-mark.ts'
import type { ChoiceOptions } from './option-text.ts'
import { isDash, type Selection } from './selection.ts'
import type { Token } from './tokens.ts'
import {
  announcesInIdeographs,
  answerNouns,
  choosingVerbs,
  clauseConclusions,
  fillers,
  isNegation,
  links,
  optionNouns,
  pluralNouns,
  prepositionVerbs,
} from './vocabulary.ts'

/** What a sentence says about options. `denied`: options that it says are not the answer. */
export interface Statement {
  readonly selection: Selection | null
  readonly denied: readonly string[]
}

interface Cue {
  /** `noun`: needs a link such as `is`, unless the sentence ends after the option. `word`: the option must follow. */
  readonly kind: 'noun' | 'word'
  readonly linked: boolean
}

/** The statement that the word at a token begins, as `answer` does in `the answer is B`; null when it begins none. */
export function readAnnouncement(
  text: string,
  tokens: readonly Token[],
  at: number,
  options: ChoiceOptions,
  withTexts: boolean,
): Statement | null {
  const cue = readCue(tokens, at)
  if (cue === null || isDisclaimed(tokens, at)) return null
  const { from, linked, denied } = skipToOption(tokens, at + 1, cue, options.letters)
  if (from === null) return denied.length === 0 ? null : { selection: null, denied }
  if (asks(tokens, from) || (cue.kind === 'noun' && !linked && onlyNames(tokens, at))) return null
  const selection = readAnnounced({ text, tokens, from, to: lineEnd(tokens, from) }, options, linked, withTexts)
  return selection === null && denied.length === 0 ? null : { selection, denied }
}

/** Whether a token is a word that a text of an option may follow. */
export function isAnnouncing(tokens: readonly Token[], at: number): boolean {
  return readCue(tokens, at)?.kind === 'noun'
}

function readCue(tokens: readonly Token[], at: number): Cue | null {
  const token = tokens[at]
  if (token === undefined) return null
  const { name } = token
  const before = tokens[at - 1]?.name ?? ''
  if (token.kind === 'ideographs')
    return announcesInIdeographs(token.text) ? { kind: 'noun', linked: !/[选選][项項]$/.test(token.text) } : null
  if (name === '∴' || name === '→' || name === '⇒' || token.text === '\\therefore' || token.text === '\\Rightarrow')
    return { kind: 'word', linked: false }
  if (token.kind !== 'word') return null
  if (answerNouns.has(name)) return { kind: 'noun', linked: false }
  if (pluralNouns.has(name))
    return name === 'answers' || /^(?:correct|right|true)$/.test(before) ? { kind: 'noun', linked: false } : null
  if (choosingVerbs.has(name)) {
    const preposition = name === 'with' || name === 'for'
    return preposition && !prepositionVerbs.has(before) ? null : { kind: 'word', linked: false }
  }
  if (/^(?:is|be|matches|match|to|with|as)$/.test(name) && names(tokens[at + 1], tokens[at + 2]))
    return { kind: 'word', linked: false }
  if (name === 'is' && /^(?:it|that|this)$/.test(before)) return { kind: 'word', linked: false }
  return clauseConclusions.has(name) || (name === 'be' && before === 'must') ? { kind: 'word', linked: false } : null
}

/** Whether a noun without a link names an option rather than the choice, as in `rule out option B`. */
function onlyNames(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.name ?? ''
  return optionNouns.has(tokens[at]?.name ?? '') && !/^(?:correct|right|best|only|remaining)$/.test(before)
}

/** `option B`, `answer choice B` after a verb, as in `which is option B`. */
function names(next: Token | undefined, second: Token | undefined): boolean {
  const name = next?.name ?? ''
  return optionNouns.has(name) || ((name === 'answer' || name === 'the') && optionNouns.has(second?.name ?? ''))
}

interface Skipped {
  /** Where the option should stand; null when the sentence announces nothing. */
  readonly from: number | null
  readonly linked: boolean
  readonly denied: readonly string[]
}

function skipToOption(tokens: readonly Token[], begin: number, cue: Cue, letters: number): Skipped {
  let { linked } = cue
  let at = begin
  let denied: readonly string[] = []
  let negated = false
  for (let lines = 0; at - begin < 16; at++) {
    const token = tokens[at]
    if (token === undefined) break
    if (isNegation(token.name)) negated = true
    else if (negated) {
      const marked = readMarkedOptions(tokens, at, letters)
      if (marked === null) {
        if (!fillers.has(token.name) && !links.has(token.name)) break
        continue
      }
      denied = marked.letters
      negated = false
      const after = tokens[marked.next]?.text === ',' ? marked.next + 1 : marked.next
      if (!/^(?:but|rather|sondern|mais|instead|sino|а)$/.test(tokens[after]?.name ?? ''))
        return { from: null, linked, denied }
      at = after
    } else if (token.kind === 'line') {
      if (!linked || ++lines > 3) break
    } else if (token.name === '-' && !isDash(tokens, at)) break
    else if (links.has(token.name) || token.text === '：' || isBehindLabel(tokens, at)) linked = true
    else if (cue.kind === 'noun' && linked && isBareLinkText(tokens, at)) continue
    else if (!fillers.has(token.name) || readMarkedOptions(tokens, at, letters) !== null) break
  }
  if (negated || endsSentence(tokens[at])) return { from: null, linked, denied }
  return { from: at, linked, denied }
}

/** `Ans.`, `[Answer]` */
function isBehindLabel(tokens: readonly Token[], at: number): boolean {
  const label = tokens[at - 1]
  return (tokens[at]?.text === '.' && label?.name === 'ans') || (isClosing(tokens[at]) && isOpening(tokens[at - 2]))
}

/** `应该是` and the like after a noun and a colon. */
function isBareLinkText(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]
  return token?.kind === 'ideographs' && /^(?:应该|應該)?(?:是|为|為|选|選|选项|選項)+$/.test(token.text)
}
