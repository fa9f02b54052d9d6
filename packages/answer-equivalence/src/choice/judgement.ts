import type { Statement } from './announcement.ts'
import { asks, interrupts, isDisclaimed } from './clause.ts'
import { type MarkedOptions, readMarkedOptions } from './marked-options.ts'
import { readOptionMark } from './option-mark.ts'
import { selectMarked } from './selection.ts'
import type { Token } from './tokens.ts'
import {
  adverbs,
  alternativeSeparators,
  answerNouns,
  badWords,
  goodWords,
  isNegation,
  judgesInIdeographs,
  listSeparators,
  optionNouns,
  pluralVerbs,
  singularVerbs,
} from './vocabulary.ts'

/** What a sentence says that has an option for its subject, as `B is correct` or `B is not the answer`; null when it judges none. */
export function readJudgement(tokens: readonly Token[], at: number, letters: number): Statement | null {
  const marked = readMarkedOptions(tokens, at, letters)
  if (marked === null || isInsideRow(tokens, at, letters)) return null
  const before = tokens[at - 1]
  const named = optionNouns.has(before?.name ?? '') || answerNouns.has(before?.name ?? '')
  if (marked.first.lowerCase && !marked.first.bracketed && !named) return null
  const verb = tokens[marked.next]
  if (verb?.kind === 'ideographs') return judgeInIdeographs(verb.text, marked)
  const judged = readVerdict(tokens, marked.next)
  if (judged === null || asks(tokens, marked.next) || isDisclaimed(tokens, at)) return null
  if (!judged.good) {
    const retracted = judged.ofAnswer || interrupts(tokens, at)
    return retracted ? { selection: null, denied: marked.letters } : null
  }
  const selection = selectMarked(marked)
  return { selection: judged.also ? { ...selection, meaning: 'hedge' } : selection, denied: [] }
}

function judgeInIdeographs(run: string, marked: MarkedOptions): Statement | null {
  const right = judgesInIdeographs(run)
  return right === true ? { selection: selectMarked(marked), denied: [] } : null
}

interface Judged {
  readonly good: boolean
  /** It is said not to be the answer, rather than to be a false statement. */
  readonly ofAnswer: boolean
  /** Said to be right besides another one. */
  readonly also: boolean
}

function readVerdict(tokens: readonly Token[], verbAt: number): Judged | null {
  const verb = tokens[verbAt]?.name ?? ''
  const contracted = verb.endsWith("n't")
  if (!singularVerbs.has(verb) && !pluralVerbs.has(verb) && !contracted) return null
  const possible = verb === 'could' || verb === 'might' || verb === 'may' || verb === 'can'
  let negated = contracted
  let also = false
  for (let at = verbAt + 1; at < verbAt + 8; at++) {
    const name = tokens[at]?.name ?? ''
    if (name === 'also') also = true
    else if (isNegation(name)) negated = true
    else if (badWords.has(name)) return { good: false, ofAnswer: false, also }
    else if (goodWords.has(name)) {
      if (negated) return { good: false, ofAnswer: namesAnswer(tokens, at), also }
      return possible && !also ? null : { good: true, ofAnswer: false, also }
    } else if (!adverbs.has(name) && !singularVerbs.has(name)) return null
  }
  return null
}

function namesAnswer(tokens: readonly Token[], at: number): boolean {
  return tokens.slice(at, at + 2).some(({ name }) => name === 'answer' || name === 'choice' || name === 'option')
}

/** Whether the option at a token continues a row that began before it, so that the row is judged as a whole. */
function isInsideRow(tokens: readonly Token[], at: number, letters: number): boolean {
  const separator = tokens[at - 1]?.name ?? ''
  if (!listSeparators.has(separator) && !alternativeSeparators.has(separator)) return false
  for (let before = at - 2; before >= 0 && before >= at - 5; before--) {
    const row = readMarkedOptions(tokens, before, letters)
    if (row !== null && row.next > at) return true
  }
  return readOptionMark(tokens, at - 2, letters) !== null && alternativeSeparators.has(separator)
}
