import type { AnswerKind } from './answer-kind.ts'
import type { Random } from './random.ts'

/** Answers of several parts, and words. */
export const structureAnswers: Readonly<Record<string, AnswerKind>> = {
  'a set': (random) => {
    const elements = distinctNumbers(random, 3 + random.below(3))
    return {
      spelled: () => braces(random.shuffle(elements), random),
      missed: () =>
        random.pick([
          braces(changeElement(elements, random), random),
          braces(elements.slice(1), random),
          round(elements, random),
        ]),
    }
  },
  'a list': (random) => {
    const elements = distinctNumbers(random, 2 + random.below(3))
    const written = (items: readonly string[]) => items.join(random.pick([', ', ' , ', ',\\ ']))
    return {
      spelled: () => written(elements),
      missed: () => written(random.pick([changeElement(elements, random), elements.slice(1), [...elements, '91']])),
    }
  },
  'a tuple': (random) => {
    const elements = distinctNumbers(random, 2 + random.below(3))
    const [first = '', second = '', ...rest] = elements
    return {
      spelled: () => round(elements, random),
      missed: () =>
        random.pick([
          round(changeElement(elements, random), random),
          round([second, first, ...rest], random),
          round([...elements, '91'], random),
        ]),
    }
  },
  'an interval': (random) => {
    const interval = randomInterval(random, -20)
    return {
      spelled: () => writeInterval(interval, random),
      missed: () => writeInterval(changeInterval(interval, random), random),
    }
  },
  'a union of intervals': (random) => {
    const left = randomInterval(random, -40)
    const right = randomInterval(random, 20)
    const union = (parts: readonly Interval[]) =>
      parts.map((part) => writeInterval(part, random)).join(random.pick([' \\cup ', '\\cup', ' \u222a ']))
    return {
      spelled: () => union(random.shuffle([left, right])),
      missed: () => random.pick([union([changeInterval(left, random), right]), union([left])]),
    }
  },
  'a matrix': (random) => {
    const width = 2 + random.below(2)
    const rows = Array.from({ length: 2 }, () => distinctNumbers(random, width))
    const [first = [], second = []] = rows
    return {
      spelled: () => matrix(rows, random),
      missed: () =>
        matrix(
          random.pick([
            [changeElement(first, random), second],
            [first, changeElement(second, random)],
          ]),
          random,
        ),
    }
  },
  'an assignment': (random) => {
    const [number = '1'] = distinctNumbers(random, 1)
    return {
      spelled: () => `${random.pick(['x = ', 'x=', 'x\\,=\\,'])}${number}`,
      missed: () => `${random.pick(['x = ', 'x='])}${changeElement([number], random).join('')}`,
    }
  },
  'a word': (random) => {
    const words = ['even', 'odd', 'Monday', 'Tuesday', 'yes', 'no', 'true', 'false']
    const word = random.pick(words)
    const written = (text: string) =>
      random.pick([text, `\\text{${text}}`, `\\textbf{${text}}`, `\\text{ ${text}}`, `\\mathrm{${text}}`])
    return { spelled: () => written(word), missed: () => written(random.pick(words.filter((each) => each !== word))) }
  },
  'the letter of a choice': (random) => {
    const letters = ['A', 'B', 'C', 'D', 'E']
    const letter = random.pick(letters)
    const written = (text: string) =>
      random.pick([text, `(${text})`, `\\text{${text}}`, `\\text{(${text})}`, `\\textbf{${text}}`])
    return {
      spelled: () => written(letter),
      missed: () => written(random.pick(letters.filter((each) => each !== letter))),
    }
  },
}

interface Interval {
  readonly from: string
  readonly to: string
  readonly fromClosed: boolean
  readonly toClosed: boolean
}

function randomInterval(random: Random, least: number): Interval {
  const from = least + random.below(10)
  return {
    from: String(from),
    to: String(from + 1 + random.below(9)),
    fromClosed: random.chance(0.5),
    toClosed: random.chance(0.5),
  }
}

function changeInterval(interval: Interval, random: Random): Interval {
  return random.pick([
    { ...interval, fromClosed: !interval.fromClosed },
    { ...interval, toClosed: !interval.toClosed },
    { ...interval, to: String(Number(interval.to) + 1) },
    { ...interval, from: String(Number(interval.from) - 1) },
  ])
}

function writeInterval({ from, to, fromClosed, toClosed }: Interval, random: Random): string {
  const [left, right] = random.pick([
    ['', ''],
    ['\\left', '\\right'],
    ['\\bigl', '\\bigr'],
  ] as const)
  return `${left}${fromClosed ? '[' : '('}${from},${random.pick(['', ' ', '\\,'])}${to}${right}${toClosed ? ']' : ')'}`
}

function braces(elements: readonly string[], random: Random): string {
  const [open, close] = random.pick([
    ['\\{', '\\}'],
    ['\\left\\{', '\\right\\}'],
    ['\\lbrace ', '\\rbrace'],
  ] as const)
  return `${open}${elements.join(random.pick([',', ', ', ',\\ ']))}${close}`
}

function round(elements: readonly string[], random: Random): string {
  const [open, close] = random.pick([
    ['(', ')'],
    ['\\left(', '\\right)'],
    ['\\left (', '\\right )'],
  ] as const)
  return `${open}${elements.join(random.pick([',', ', ', ',\\,']))}${close}`
}

function matrix(rows: readonly (readonly string[])[], random: Random): string {
  const name = random.pick(['pmatrix', 'bmatrix'])
  const between = random.pick([' & ', '&'])
  const lines = rows.map((row) => row.join(between)).join(random.pick([' \\\\ ', '\\\\']))
  return `\\begin{${name}}${random.pick(['', ' ', '\n'])}${lines}\\end{${name}}`
}

/** Numbers of one or two digits, no two the same, some negative, some fractions. */
function distinctNumbers(random: Random, count: number): string[] {
  const numbers = new Set<number>()
  while (numbers.size < count) numbers.add(random.below(181) - 90)
  return [...numbers].map((number) => (random.chance(0.2) ? `\\frac{${2 * number + 1}}{2}` : String(number)))
}

/** One of the elements replaced by a number that is none of them. */
function changeElement(elements: readonly string[], random: Random): string[] {
  const chosen = random.below(elements.length)
  return elements.map((element, index) => (index === chosen ? String(91 + random.below(9)) : element))
}
