import type { Random } from '@ratchet/answer-equivalence/testing/random-answers/random.ts'

const tokens: readonly string[] = [
  ...'0 1 9 x y n + - * / ^ _ = < > ( ) [ ] { } | ! , ; : . % $ & ~ # @ \' " ? \\ \n'.split(' '),
  ...'\\frac \\sqrt \\left \\right \\cdot \\times \\pm \\text \\mathrm \\boxed{ \\begin{pmatrix} \\end{pmatrix} \\\\'.split(
    ' ',
  ),
  ...'\\{ \\} \\cup \\cap \\infty \\pi \\sin \\ln \\log_ \\sum \\int \\lim \\binom \\circ \\% \\$ \\, \\; \\( \\) \\[ \\]'.split(
    ' ',
  ),
  ...'</think> <|end_of_thought|> answer: Answer and or ** {,} ^{-1} _{2} \\le \\geq \\ne \\in \\to \\mid \\ldots \\dfrac'.split(
    ' ',
  ),
  ' ',
  '\u0000',
  '\u2212',
  '\u221a',
  '\u03c0',
  '\u00bd',
  '\u00b2',
  '\ud83d',
  '\ufeff',
  '\u202e',
]

/** A text after a few accidents: parts lost, doubled, moved, replaced or put in brackets. */
export function mutateText(text: string, random: Random): string {
  let current = text
  for (let left = 1 + random.below(6); left > 0; left--) current = accident(current, random).slice(0, 200_000)
  return current
}

function accident(text: string, random: Random): string {
  const from = random.below(text.length + 1)
  const to = Math.min(text.length, from + 1 + random.below(1 + random.below(20)))
  const part = text.slice(from, to)
  const replaced = (middle: string) => `${text.slice(0, from)}${middle}${text.slice(to)}`
  switch (random.below(7)) {
    case 0:
      return replaced('')
    case 1:
      return replaced(part.repeat(2 + random.below(random.chance(0.05) ? 5000 : 5)))
    case 2:
      return replaced(random.pick(tokens))
    case 3:
      return replaced(`${part}${random.pick(tokens)}`)
    case 4: {
      const place = random.below(text.length + 1)
      return `${text.slice(0, place)}${part}${text.slice(place)}`
    }
    case 5: {
      const [open, close] = random.pick([
        ['(', ')'],
        ['{', '}'],
        ['\\frac{', '}{2}'],
        ['\\sqrt{', '}'],
        ['$', '$'],
        ['\\left|', '\\right|'],
      ] as const)
      return replaced(`${open}${part}${close}`)
    }
    default:
      return replaced([...part].reverse().join(''))
  }
}

/** Tokens of LaTeX in no order. */
export function tokenSoup(random: Random): string {
  return Array.from({ length: 1 + random.below(random.chance(0.1) ? 400 : 40) }, () => random.pick(tokens)).join('')
}

/** Characters of any kind, halves of characters and control characters among them. */
export function byteSoup(random: Random): string {
  const bound = random.pick([128, 256, 0x10000])
  return Array.from({ length: random.below(300) }, () => String.fromCharCode(random.below(bound))).join('')
}
