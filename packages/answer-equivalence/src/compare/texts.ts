import { type Node, whole } from '../read/node.ts'
import { render } from '../read/render.ts'
import type { Outcome } from './comparison.ts'

const idle: ReadonlySet<string> = new Set([
  'a',
  'an',
  'the',
  'is',
  'are',
  'on',
  'at',
  'it',
  'its',
  'of',
  'by',
  'be',
  'will',
  'answer',
  'there',
  'that',
])

const sayings: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [
    /^(?:(?:there )?(?:is|are|has|have) )?(?:no|without)(?: (?:real|integer|such|valid|possible))* (?:solutions?|roots?|values?|answers?|numbers?|triples?|pairs?|integers?)(?: exists?)?$/,
    'none',
  ],
  [
    /^(?:none|empty set|emptyset|empty|null set|does not exist|dne|doesn't exist|no solutions exist|not exist|none exist|impossible|not possible)$/,
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

/** One spelling of a phrase: lower case but for a letter alone, without articles, punctuation and idle words. */
export function phrase(text: string): string {
  const words = text
    .replaceAll(/[.,;:!?"“”()[\]]/g, ' ')
    .split(/[\s-]+/)
    .filter((word) => word !== '')
  if (words.length === 2 && /^(?:an?|the)$/i.test(words[0] ?? '')) words.shift()
  if (words.length === 1) return words[0]?.length === 1 ? (words[0] ?? '') : (words[0] ?? '').toLowerCase()
  const content = words.map((word) => word.toLowerCase()).filter((word) => !idle.has(word))
  return (content.length === 0 ? words.map((word) => word.toLowerCase()) : content).join(' ')
}

function meaning(text: string): string {
  const plain = phrase(text)
  for (const [pattern, means] of sayings) if (pattern.test(plain) || pattern.test(text.toLowerCase())) return means
  return plain
}

/** One of the two is text. Words that differ are a different answer when there are few of them; a long gold cannot be judged by its words. */
export function sameText(gold: Node, answer: Node, strict: boolean): Outcome {
  const [left, right] = [wordsOf(gold), wordsOf(answer)]
  if (left !== null && right !== null) {
    if (phrase(left) === phrase(right)) return true
    if (!strict && meaning(left) === meaning(right)) return true
    return phrase(left).split(' ').length > 4 ? null : false
  }
  if (strict) return false
  const [text, other] = left !== null ? [left, answer] : [right ?? '', gold]
  const means = meaning(text)
  if (other.kind === 'region')
    return (other.name === 'empty' && means === 'none') || (other.name === 'R' && means === 'reals')
  if (other.kind === 'constant' && other.name === 'infinity') return means === 'infinity'
  if (render(other) === '(-infinity)') return means === '-infinity'
  const number = cardinals.indexOf(means)
  if (number !== -1) return other.kind === 'number' && render(other) === render(whole(number))
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
