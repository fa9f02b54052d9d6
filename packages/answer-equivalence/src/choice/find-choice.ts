import { answerPart } from '../extract/answer-part.ts'
import { isAnnouncing, readAnnouncement, type Statement } from './announcement.ts'
import { readJudgement } from './judgement.ts'
import { type LastBoxes, lastBoxes } from './last-boxes.ts'
import { readFirstLine, readLastLine, readLoneLetter, readOnlyLetterLine } from './last-line.ts'
import { type ChoiceOptions, equalTexts, readOptions, type TextComparison } from './option-text.ts'
import { readSelection, type Selection } from './selection.ts'
import { readTokens, type Token } from './tokens.ts'

export interface FoundChoice {
  /** Null when the response chooses none of the options. */
  readonly selection: Selection | null
  /** The choice as the response writes it, or what its last box holds instead of one; null when there is neither. */
  readonly extracted: string | null
  /** Where the choice was found, or why there is none; a sentence's part in plain words. */
  readonly reason: string
}

/** Where a choice may stand. `box`: nothing but the last box counts; `whole`: the response is the choice and nothing else. */
export type ChoicePlace = 'anywhere' | 'box' | 'whole'

/** Without known texts the letters A to J count, and in a box, where nothing else is meant, all of them. */
const usualLetters = 10
const lettersInBox = 26
/** Longer boxes hold no option. */
const longestBox = 10_000
/** An announcement farther from the end than this, in characters, is none of the final choice. */
const announcementsWithin = 100_000
/** How many announcements, from the last, are compared with the texts of the options. */
const comparedAnnouncements = 8

/**
 * The option that a response finally chooses. Only what follows the thought counts; there the last box, else the last sentence that
 * announces a choice, else a last line that is an option, else a first line or a single line that is one. Linear in the response's length.
 */
export function findChoice(
  response: string,
  choices: readonly string[] = [],
  equal: TextComparison = equalTexts,
): FoundChoice {
  return findOption(response, readOptions(choices.slice(0, 26), equal), 'anywhere')
}

/** `findChoice` for options that were read before; those without known texts have `letters` 0. */
export function findOption(response: string, options: ChoiceOptions, place: ChoicePlace): FoundChoice {
  const answer = answerPart(response)
  if (place === 'whole') return findWhole(answer, options)
  const boxes = lastBoxes(answer)
  if (boxes === 'unclosed') return none('no choice found: the last box is never closed')
  if (boxes === null) return place === 'box' ? none('no choice found: there is no box') : findInText(answer, options)
  const selection = readBoxes(boxes, options)
  if (selection !== null) return found(selection, 'in the last box')
  const content = (boxes.contents.at(-1) ?? '').trim()
  const later = place === 'box' ? null : findAnnounced(answer.slice(boxes.end), options)
  if (later?.selection != null) return later
  return {
    selection: null,
    extracted: content === '' ? null : content.slice(0, 300),
    reason: 'no choice found: the last box names no option',
  }
}

function findWhole(answer: string, options: ChoiceOptions): FoundChoice {
  const selection = readContent(answer, options)
  return selection === null
    ? none('no choice found: the response is no option')
    : found(selection, 'as the whole response')
}

function readBoxes({ contents, alternatives }: LastBoxes, options: ChoiceOptions): Selection | null {
  const last = readContent(contents.at(-1) ?? '', options)
  if (last === null || contents.length === 1) return last
  const selections = contents.map((content) => readContent(content, options) ?? last)
  const letters = [...new Set(selections.flatMap((selection) => selection.letters))].sort()
  if (letters.length === 1) return last
  const hedged = alternatives || selections.some(({ meaning }) => meaning !== 'all')
  return { meaning: hedged ? 'hedge' : 'all', letters, written: letters.join(', ') }
}

function readContent(content: string, options: ChoiceOptions): Selection | null {
  if (content.length > longestBox) return null
  const tokens = readTokens(content)
  const letters = options.letters === 0 ? lettersInBox : options.letters
  return readSelection({ text: content, tokens, from: 0, to: tokens.length }, { ...options, letters })
}

function findInText(answer: string, known: ChoiceOptions): FoundChoice {
  const announced = findAnnounced(answer, known)
  if (announced !== null) return announced
  const options = inText(known)
  const text = answer.slice(-announcementsWithin)
  const tokens = readTokens(text)
  const last = readLastLine(text, tokens, options)
  if (last !== null) return found(last, 'in the last line')
  const first = readFirstLine(text, tokens, options) ?? readOnlyLetterLine(tokens, options)
  return first === null ? none('no choice found') : found(first, 'in a line of its own')
}

/** The last announcement; null when there is none. One that a later sentence takes back leaves the response without a choice. */
function findAnnounced(answer: string, known: ChoiceOptions): FoundChoice | null {
  const options = inText(known)
  const text = answer.slice(-announcementsWithin)
  const tokens = readTokens(text)
  const alone = readLoneLetter(tokens, options)
  if (alone !== null) return found(alone, 'in the last line')
  const denied = new Set<string>()
  let compared = 0
  for (let at = tokens.length - 1; at >= 0; at--) {
    const statement = readStatement(text, tokens, at, options, compared < comparedAnnouncements)
    if (statement === null) {
      if (isAnnouncing(tokens, at)) compared++
      continue
    }
    for (const letter of statement.denied) denied.add(letter)
    const { selection } = statement
    if (selection === null) continue
    if (selection.letters.every((letter) => denied.has(letter)) && statement.denied.length === 0) {
      return none('no choice found: the response takes its choice back')
    }
    return found(selection, 'as announced')
  }
  return null
}

function readStatement(
  text: string,
  tokens: readonly Token[],
  at: number,
  options: ChoiceOptions,
  withTexts: boolean,
): Statement | null {
  return readAnnouncement(text, tokens, at, options, withTexts) ?? readJudgement(tokens, at, options.letters)
}

function inText(options: ChoiceOptions): ChoiceOptions {
  return options.letters === 0 ? { ...options, letters: usualLetters } : options
}

function found(selection: Selection, reason: string): FoundChoice {
  return { selection, extracted: selection.written, reason }
}

function none(reason: string): FoundChoice {
  return { selection: null, extracted: null, reason }
}
