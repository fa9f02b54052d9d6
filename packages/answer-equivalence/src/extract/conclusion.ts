import { withoutMarkup } from './announced.ts'
import { formulasOf } from './mathematics.ts'

/** Only so much of the end of a text is looked at, and so many sentences of it. */
const searched = 900
const mostSentences = 6

const cue =
  /^(?:∴|so\b|thus|therefore|hence|in conclusion|to conclude|overall|finally|in total|in all|altogether|consequently|then|that means|this means|which means|it follows|we conclude|as a result|in summary|after all)\b|\b(?:therefore|thus|hence|confident|in conclusion|is indeed|end up with|i get|we get|making)\b/i

/** A number as prose writes it. */
const number =
  /(?<![\w.,^/√π])(?:\d{1,2}:\d{2}(?:\s?[ap]\.?m\.?(?![a-z]))?|\d+(?:\s?:\s?\d+)+)(?![\w:])|(?<![\w.,^/√π:])[-−]?(?:(?:\d+(?:\.\d+)?)?√(?:\d+|\(\d+\))(?:\s?\/\s?\d+)?|\d*(?:\.\d+)?π(?:\s?\/\s?\d+)?|\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?\/\s?\d+)?%?)(?![\w√π]|,\d)/gi

/** What a response that announces no answer concludes with: the last formula or number of its last concluding sentence; null without one. */
export function concludedText(text: string): string | null {
  const tail = text.slice(-searched)
  const from = text.length > searched ? tail.search(/[.!?\n]\s/) + 1 : 0
  const sentences = tail
    .slice(from)
    .split(/(?<=[.!?。])\s+(?=[A-Z\\$*"'])|\n+/)
    .map((sentence) => ({
      text: withoutMarkup(sentence.trim()).replaceAll('**', ''),
      strong: strongIn(sentence),
      emphasized: /\*\*([^*]{1,60})\*\*/.exec(sentence)?.[1] ?? null,
    }))
    .filter(({ text: sentence }) => /[\w)\]}]/.test(sentence) && !comment.test(sentence))
  const last = sentences.length - 1
  for (let index = last; index >= 0 && index > last - mostSentences; index--) {
    const { text: sentence = '', strong = null, emphasized = null } = sentences[index] ?? {}
    if (sentence.endsWith(':') || denied.test(sentence.slice(lastCue(sentence)))) continue
    const marked = strong === null ? null : statedIn(strong, true)
    if (marked !== null) return marked
    const concluding = cue.test(sentence)
    if (!concluding && index !== last) continue
    const clause = sentence.replace(/,?\s+(?:which|because|since|where|as expected|confirming)\b.*$/s, '')
    const stated = (concluding ? statedIn(clause, true) : null) ?? statedIn(sentence, concluding)
    if (stated !== null) return stated
    const word = wordIn(clause, strong ?? emphasized, concluding)
    if (word !== null) return word
  }
  return null
}

/** A sentence about the answer rather than with it. */
const comment =
  /^(?:this (?:took|shows|required|makes|is (?:a|an|also|because|since)\b)|that(?:'s| is) (?:a|an)\b|it (?:is|'s) also\b|note\b|thanks?\b|let me know|i hope|hope|feel free|verification\b|check\b|if you\b|great question|would you|do you)/i

/** What a sentence says in bold, when it has a number; the last of several. */
function strongIn(sentence: string): string | null {
  const strong = [...sentence.matchAll(/\*\*([^*]{1,200})\*\*/g)].map(([, content = '']) => content)
  return (
    strong.findLast((content) => /\d/.test(content) && !/^(?:step|case|part|method|option)\b|:$/i.test(content)) ?? null
  )
}

/** Where the conclusion of a sentence begins: "I don't see another way, so I'm confident that …". */
function lastCue(sentence: string): number {
  return Math.max(
    0,
    sentence.search(/,\s+(?:so|therefore|thus|hence|but|making)\b(?!.*,\s+(?:so|therefore|thus|hence|but|making)\b)/is),
  )
}

/** A sentence with one of these says what is not so, or what is still to be done. */
const denied =
  /\b(?:is|are|was) (?:not|never)\b|\b(?:cannot|none of|not the|not sure|unknown|stuck|wrong|incorrect|try|need to|or maybe|give up)\b|n't\b|\b(?:step|case|option|part|chapter|question) \d/i

/** What stands right before a number that a sentence states; in a sentence that draws no conclusion only a verb that says what is. */
const stating =
  /(?:\b(?:is|was|equals|took|takes|costs?|left|gives|totals|(?<!\b[Ww]e )(?:has|have|had)|gets?|got|earn(?:s|ed)|needs?|needed|spends?|spent|makes?|made|pays?|paid|sells?|sold|receive[sd]?|bought|save[sd]?|ate|eats|collect(?:s|ed)|owns?|walk(?:s|ed)|ran|read|reads|total of)(?: [A-Z]\w+)?(?: exactly| only| indeed)?)\s*\$?\s?$/
const bounding =
  /\b(?:least|most|than|about|approximately|around|to|or|and|step|case|for|try|of the|the)\s*\$?\s?$|[,/]\s*$/i

/** A name with its marks, of which a sentence speaks and does not state it. */
const onlyNamed = /^\s*(?:\\[a-z]+\{)?[A-Za-z]\}?(?:_(?:\w|\{[^=<>]*\}))?'*\s*$/

/** Numbers in words, but for one, which also is an article. */
const numberWords =
  /\b(?:there (?:are|were|will be)|is|are|was|were|equals|has|have|had|gets?|costs?|left with|exactly|total of)\s+((?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)(?:-(?:one|two|three|four|five|six|seven|eight|nine))?)\b(?! (?:times|percent|hundred|thousand|or|to)\b)/i

/** What a conclusion without a number or a formula states: a number in words, what is in bold, or a name that something is. */
function wordIn(sentence: string, strong: string | null, concluding: boolean): string | null {
  const counted = concluding ? numberWords.exec(sentence)?.[1] : undefined
  if (counted !== undefined) return counted
  if (/\d|[$\\?]/.test(sentence)) return null
  if (strong !== null && strong.split(/\s+/).length <= 3 && !/:$|\bnot\b/i.test(strong))
    return strong.replace(/[.]$/, '')
  return /\bis (\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}+)?)[.!]?$/u.exec(sentence)?.[1] ?? null
}

/** The last formula of a clause, or the last number that it states. */
function statedIn(clause: string, concluding: boolean): string | null {
  const formula = formulasOf(clause).at(-1)
  const after = formula === undefined ? clause : clause.slice(formula.end)
  const matches = [...after.matchAll(number)].filter((match) => {
    const before = after.slice(Math.max(0, match.index - 48), match.index)
    if (concluding) return !bounding.test(before)
    const rest = after.slice(match.index + match[0].length)
    // "Total = 80." at the end of it.
    if (/=\s*\$?\s?$/.test(before))
      return (
        rest.split(/\s+/).filter((word) => /\w/.test(word)).length <= 4 && !/\b(?:is|be|are|for|and|or)\b/.test(rest)
      )
    return stating.test(before) && rest.split(/\s+/).filter((word) => /\w/.test(word)).length <= 12
  })
  const plain = matches.at(-1)?.[0]
  if (formula === undefined || (plain !== undefined && after.trim().length >= 3)) return plain ?? null
  const before = clause.slice(0, formula.begin)
  return /\b(?:least|most|than|about|approximately|around|not)\s*$/i.test(before) ||
    (onlyNamed.test(formula.content) && /\b(?:for|of|to|in|with|when|the|state|between|and)\s*$/i.test(before))
    ? null
    : statedValue(formula.content)
}

/** What an equation in a conclusion comes to: 12 of `x^3 = 12`. */
export function statedValue(formula: string): string {
  const [left = '', right, ...more] = formula.split('=')
  const named = /^\s*[A-Za-z](?:_\{?\w\}?)?\s*$/.test(left)
  return right === undefined ||
    more.length > 0 ||
    named ||
    !/^[\s\d.,{}()/^+-]*(?:\\(?:d?frac|sqrt|pi|cdot|times|text\{[^}]*\}|,|circ)[\s\d.,{}()/^+-]*)*$/.test(right) ||
    /[<>]|\\[lg]e/.test(formula)
    ? formula
    : right
}
