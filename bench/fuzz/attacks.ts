/** Makes a text of about so many parts. */
export type Attack = (size: number) => string

const nested =
  (open: string, inside: string, close: string): Attack =>
  (size) =>
    `${open.repeat(size)}${inside}${close.repeat(size)}`

const flood =
  (unit: string, before = '', after = ''): Attack =>
  (size) =>
    `${before}${unit.repeat(size)}${after}`

const numbers = (size: number, from = 0) => Array.from({ length: size }, (_, index) => String(from + index))

/** Texts that cost graders of answers their time, their memory or their stack; by what is wrong with them. */
export const attacks: Readonly<Record<string, Attack>> = {
  'a tower of powers': nested('9^{', '9', '}'),
  'a tower of powers without braces': flood('9^', '', '9'),
  'a tower of powers of a variable': nested('x^{', 'x', '}'),
  'a huge exponent': (size) => `2^{${'9'.repeat(size)}}`,
  'a huge exponent of a sum': (size) => `(x+y+z+w)^{${size}}`,
  'powers of powers': (size) => `${'('.repeat(size)}2${')^{99}'.repeat(size)}`,
  'a reciprocal of a tiny power': (size) => `\\frac{1}{2^{-${size}}}`,
  'nested factorials': (size) => `${'('.repeat(size)}3${')!'.repeat(size)}`,
  'a row of factorials': (size) => `3${'!'.repeat(size)}`,
  'a huge factorial': (size) => `${'9'.repeat(size)}!`,
  'a quotient of factorials': (size) => `\\frac{${size}!}{${size + 1}!}`,
  'a huge binomial': (size) => `\\binom{${size}000}{${size}}`,
  'a huge sum': (size) => `\\sum_{k=1}^{${'9'.repeat(size)}} k^k`,
  'sums in sums': (size) => `${'\\sum_{k=1}^{999} '.repeat(size)}k`,
  'a huge product': (size) => `\\prod_{k=1}^{${size}00} (k + x)`,
  'an integer of many digits': flood('7'),
  'a decimal of many digits': flood('3', '0.'),
  'a quotient of long integers': (size) => `\\frac{${'7'.repeat(size)}}{${'3'.repeat(size)}}`,
  'a long integer with separators': flood(',000', '1'),
  'a number of a huge base': (size) => `${'12'.repeat(size)}_{${'9'.repeat(size)}}`,
  parentheses: nested('(', '1', ')'),
  'open parentheses': flood('('),
  'closing parentheses': flood(')'),
  braces: nested('{', '1', '}'),
  'open braces': flood('{'),
  'escaped braces': nested('\\{', '1', '\\}'),
  'sized brackets': nested('\\left(', '1', '\\right)'),
  'unclosed sized brackets': flood('\\left('),
  bars: flood('|', '', '1'),
  'sized bars': nested('\\left|', 'x', '\\right|'),
  roots: nested('\\sqrt{', '2', '}'),
  'roots of high degree': (size) => `\\sqrt[${'9'.repeat(size)}]{2}`,
  'roots without braces': flood('\\sqrt', '', '2'),
  fractions: nested('\\frac{1}{1+', 'x', '}'),
  'fractions above': nested('\\frac{', 'x', '}{2}'),
  'fractions without braces': flood('\\frac', '', '12'),
  'fractions cut off': flood('\\frac{'),
  'unclosed boxes': flood('\\boxed{'),
  'nested boxes': nested('\\boxed{', '1', '}'),
  'many boxes': flood('\\boxed{1} '),
  'dollar signs': flood('$'),
  'dollar signs in pairs': flood('$$ '),
  'opened mathematics': flood('\\( '),
  'opened displays': flood('\\['),
  'numbers in prose': flood('12 and '),
  'a list of numbers': (size) => numbers(size).join(', '),
  commas: flood(','),
  'thousands and lists': flood('1,234,'),
  announcements: flood('answer: '),
  'final answers': flood('The final answer is '),
  'thoughts that end': flood('</think>'),
  spaces: flood(' ', '1', '2'),
  'spacing commands': flood('\\,', '1', '2'),
  'line breaks': flood('\n', 'a', 'b'),
  'a long text': (size) => `\\text{${'lorem '.repeat(size)}}`,
  'nested texts': nested('\\text{', 'a', '}'),
  'a large set in another order': (size) => `\\{${numbers(size).reverse().join(',')}\\}`,
  'a large set of expressions': (size) =>
    `\\{${numbers(size, 2)
      .map((each) => `\\sqrt{${each}}`)
      .join(',')}\\}`,
  'a set of sets': nested('\\{', '1', ',2\\}'),
  'signs of both kinds': flood('1 \\pm '),
  minuses: flood('-', '', '1'),
  'nested logarithms': nested('\\ln(', '9', ')'),
  'nested exponentials': nested('\\exp(', '9', ')'),
  'nested sines': nested('\\sin(', 'x', ')'),
  'functions without arguments': flood('\\sin'),
  'a power of a matrix': (size) => `\\begin{pmatrix}1&1\\\\1&0\\end{pmatrix}^{${'9'.repeat(size)}}`,
  'a large determinant': (size) =>
    `\\det\\begin{pmatrix}${flood('x&', '', 'y\\\\')(size).repeat(Math.min(size, 60))}\\end{pmatrix}`,
  'a wide matrix': (size) => `\\begin{pmatrix}${'1&'.repeat(size)}1\\end{pmatrix}`,
  'matrices in matrices': nested('\\begin{pmatrix}', '1', '\\end{pmatrix}'),
  'environments never closed': flood('\\begin{cases}'),
  'many variables': (size) =>
    numbers(size)
      .map((each) => `x_{${each}}`)
      .join('+'),
  'products of sums': (size) =>
    numbers(size)
      .map((each) => `(x_{${each}}+y)`)
      .join(''),
  'a long polynomial': (size) =>
    numbers(size)
      .map((each) => `${each}x^{${each}}`)
      .join('+'),
  'a hard integral': (size) => `${'\\int_0^1 '.repeat(size)} e^{-x^2}\\,dx`,
  'limits in limits': flood('\\lim_{x\\to 0} ', '', '\\frac{\\sin x}{x}'),
  'a system of equations': (size) =>
    numbers(size)
      .map((each) => `x^${each}+y=${each}`)
      .join(', '),
  'a chain of equations': (size) => numbers(size).join(' = '),
  'a chain of inequalities': (size) => numbers(size).join(' < '),
  'a union of intervals': (size) =>
    numbers(size)
      .map((each) => `[${each},${each}.5)`)
      .join('\\cup'),
  subscripts: nested('x_{', '1', '}'),
  primes: flood("'", 'f'),
  'percent signs': flood('\\%', '5'),
  degrees: flood('^\\circ', '5'),
  'units of units': flood('\\text{ cm}/', '5'),
  'emphasis of Markdown': flood('**'),
  'almost a match, for patterns that back up': (size) => `${'a '.repeat(size)}!`,
  'digits and points': flood('1.', '', 'x'),
  'letters in a row': flood('xyz'),
  'sizes of type': flood('\\displaystyle\\mathrm{', '', 'x'),
  'commands unknown': flood('\\abracadabra'),
  backslashes: flood('\\'),
  'halves of characters': flood('\ud83d'),
  'combining marks': flood('\u0301', 'a'),
  'digits of other scripts': flood('\u0663\uff15\u0967'),
  'a word of the prototype chain': (size) => ['__proto__', 'constructor', 'toString', 'hasOwnProperty'][size % 4] ?? '',
}
