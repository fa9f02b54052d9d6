import { isInfinity } from '../read/build-node.ts'
import { type Node, whole } from '../read/node.ts'
import { render } from '../read/render.ts'
import type { Outcome } from './comparison.ts'

/** What may stand before a phrase and says nothing. */
const opening = /^(?:(?:the )?answer is|it is|it's|there (?:is|are)|on|at|in|by|the|an?) (?=\S)/

const sayings: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/^(?:(?:has|have) )?no (?:such |valid )?real (?:solutions?|roots?|values?|numbers?)(?: exists?)?$/, 'none:real'],
  [
    /^(?:(?:there )?(?:is|are|has|have) )?(?:no|without)(?: (?:such|valid|possible))* (?:solutions?|roots?|values?|answers?|numbers?|triples?|pairs?|integers?)(?: exists?)?$/,
    'none',
  ],
  [
    /^(?:none|empty set|emptyset|empty|null set|does not exist|dne|doesn't exist|no solutions exist|not exist|none exist|impossible|not possible|no answer|无解|无实数解|нет решений|нет решения|keine lösung|aucune solution|sin solución|limit does not exist)$/,
    'none',
  ],
  [/^(?:all|any|every)? ?(?:real numbers?|reals|x in r|real x|values? of x)$/, 'reals'],
  [/^(?:infinity|infinitely many|infinite|infinite number|infinitely many solutions|infinite solutions)$/, 'infinity'],
  [/^(?:negative|minus) infinity$/, '-infinity'],
  [/^(?:undefined|not defined)$/, 'undefined'],
]

const cardinals =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  )

/** One spelling of a phrase: lower case but for a letter alone, without articles, punctuation and what leads in. A question stays one. */
export function phrase(text: string): string {
  const words = text
    .replaceAll(/[.,;:!"“”()[\]]/g, ' ')
    .replaceAll('?', ' ? ')
    .split(/[\s-]+/)
    .filter((word) => word !== '')
  if (words.length === 1 && words[0]?.length === 1) return words[0]
  let plain = words.map((word) => (word.length === 1 && word !== 'a' ? word : word.toLowerCase())).join(' ')
  for (let round = 0; round < 2; round++) plain = plain.replace(opening, '')
  return plain.replaceAll(/ (?:the|an?) /g, ' ')
}

function meaning(text: string): string {
  const [plain, lower] = [phrase(text), text.toLowerCase()]
  for (const [pattern, means] of sayings) if (pattern.test(plain) || pattern.test(lower)) return means
  return plain
}

/** No real solutions are no solutions to whom only asks for real ones; none of integers is another saying. */
function sameMeaning(a: string, b: string): boolean {
  return a === b || (a === 'none' && b === 'none:real') || (a === 'none:real' && b === 'none')
}

/** One of the two is text. Words that differ are a different answer when there are few of them; a long gold cannot be judged by its words. */
export function sameText(gold: Node, answer: Node, strict: boolean): Outcome {
  const [left, right] = [wordsOf(gold), wordsOf(answer)]
  if (left !== null && right !== null) {
    const said = phrase(left)
    if (said === phrase(right)) return true
    if (!strict && sameMeaning(meaning(left), meaning(right))) return true
    return said.split(' ').length > 4 ? null : false
  }
  if (strict) return false
  const [text, other] = left !== null ? [left, answer] : [right ?? '', gold]
  const means = meaning(text)
  if (other.kind === 'region')
    return (other.name === 'empty' && sameMeaning(means, 'none')) || (other.name === 'R' && means === 'reals')
  if (isInfinity(other)) return means === 'infinity'
  if (render(other) === '(-infinity)') return means === '-infinity'
  const number = cardinal(means)
  if (number !== null) return other.kind === 'number' && render(other) === render(whole(number))
  return left !== null && phrase(left).split(' ').length > 4 ? null : false
}

function wordsOf(node: Node): string | null {
  if (node.kind === 'text') return node.words
  // A letter alone may be a choice, a name or a variable.
  if (node.kind === 'variable' || (node.kind === 'constant' && node.name.length === 1)) return node.name
  if (node.kind === 'product' && node.factors.every((factor) => factor.kind === 'variable' && factor.name.length === 1))
    return node.factors.map(render).join('')
  return null
}

const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')

/** The number that words up to ninety-nine, or hundreds, say; null for others. */
function cardinal(words: string): number | null {
  const plain = cardinals.indexOf(words)
  if (plain !== -1) return plain
  const [first = '', second, third] = words.split(' ')
  const ten = tens.indexOf(first)
  if (ten !== -1 && third === undefined) {
    const one = second === undefined ? 0 : cardinals.indexOf(second)
    return one >= 0 && one < 10 ? (ten + 2) * 10 + one : null
  }
  const hundreds = cardinals.indexOf(first)
  return second === 'hundred' && third === undefined && hundreds > 0 ? hundreds * 100 : null
}

/** Words with mathematics among them are only compared as they are written; a short gold of plain words and numbers differs from others. */
export function sameProse(gold: Node, answer: Node): Outcome {
  if (gold.kind !== 'prose')
    return gold.kind === 'text' && answer.kind === 'prose' && phrase(gold.words) === phrase(answer.words)
  const given = answer.kind === 'prose' || answer.kind === 'text' ? answer.words : null
  if (given !== null && phrase(gold.words) === phrase(given)) return true
  return /^[\p{L}\d\s.,]{1,40}$/u.test(gold.words) && phrase(gold.words).split(' ').length <= 3 && given !== null
    ? false
    : null
}
