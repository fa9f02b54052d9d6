import { withoutMarkup } from './announced.ts'
import { doubts } from './denials.ts'
import { formulasOf } from './mathematics.ts'

/** Only so much of the end of a text is looked at, and so many sentences of it. */
const searched = 900
const mostSentences = 6

const cue =
  /^(?:so|thus|therefore|hence|in conclusion|to conclude|overall|finally|in total|in all|altogether|consequently|then|that means|this means|which means|it follows|we conclude|as a result|in summary|after all)\b|\b(?:therefore|thus|hence|confident|in conclusion|is indeed|end up with|i get|we get)\b/i

/** A number as prose writes it. */
const number = /(?<![\w.,^/])[-−]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?\/\s?\d+)?%?(?![\w]|,\d)/g

/** What a response that announces no answer concludes with: the last formula or number of its last concluding sentence; null without one. */
export function concludedText(text: string): string | null {
  const tail = text.slice(-searched)
  const from = text.length > searched ? tail.search(/[.!?\n]\s/) + 1 : 0
  const sentences = tail
    .slice(from)
    .split(/(?<=[.!?。])\s+(?=[A-Z\\$*"'])|\n+/)
    .map((sentence) => withoutMarkup(sentence.trim()))
    .filter((sentence) => /[\w)\]}]/.test(sentence))
  const last = sentences.length - 1
  for (let index = last; index >= 0 && index > last - mostSentences; index--) {
    const sentence = sentences[index] ?? ''
    if (
      !cue.test(sentence) &&
      !(index === last && /\b(?:is|are|be|equals|was|gives|has|have|took|left|total)\b|=/.test(sentence))
    )
      continue
    const words = cue.test(sentence) ? 200 : 3
    const clause = sentence.replace(/,?\s+(?:which|because|since|where|as expected|confirming)\b.*$/s, '')
    if (doubts(sentence)) continue
    const stated = (words > 3 ? statedIn(clause, words) : null) ?? statedIn(sentence, words)
    if (stated !== null) return stated
  }
  return null
}

/** What stands right before a number that a sentence states. */
const stating =
  /(?:\b(?:is|are|was|be|equals?|of|at|has|have|had|get|gets|got|gives?|took|takes|cost|costs|earns?|makes?|with|in|left|total|totals|spent|paid|there|to|only|by)|[=:])\s+(?:indeed |exactly |thus |therefore |a |the |about |total of )?\$?\s?$/i

/** `wordsAfter`: how many words may follow the number. */
function statedIn(clause: string, wordsAfter: number): string | null {
  const formula = formulasOf(clause).at(-1)
  const after = formula === undefined ? clause : clause.slice(formula.end)
  const matches = [...after.matchAll(number)].filter((match) => {
    const before = after.slice(Math.max(0, match.index - 40), match.index)
    const rest = after.slice(match.index + match[0].length)
    return (
      stating.test(`${before} `.replace(/\s+$/, ' ')) &&
      rest.split(/\s+/).filter((word) => /\w/.test(word)).length <= wordsAfter
    )
  })
  const plain = matches.at(-1)?.[0]
  if (formula !== undefined && (plain === undefined || after.trim().length < 3)) return formula.content
  return plain ?? null
}
