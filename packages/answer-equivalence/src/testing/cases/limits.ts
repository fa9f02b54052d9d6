import { type Case, different, equal, noted, orUndecided, right, tex, uncomparable, wrong } from './case.ts'

const nested = (open: string, inner: string, close: string, depth: number) =>
  open.repeat(depth) + inner + close.repeat(depth)
const hundredThousandDigits = '7'.repeat(100_000)
const listed = (count: number) => Array.from({ length: count }, (_, index) => index).join(', ')
const backwards = (count: number) => Array.from({ length: count }, (_, index) => count - 1 - index).join(', ')
const tower = tex`9^{9^{9^{9}}}`

/** Answers built to take time or memory. None may be right by accident, and none may stop the process. */
export const limitCases: readonly Case[] = [
  ...uncomparable(tower, tex`9^{9^{9^{10}}}`, tex`8^{9^{9^{9}}}`, tex`9^{9^{9^{9}}}+1`, tex`\sqrt{9^{9^{9^{9}}}}`).map(
    (each): Case => ({ ...each, note: 'too large to work out; no answer of this form may be taken for the gold' }),
  ),
  ...equal(tower, tower),
  ...orUndecided(different(tower, '9', '0', tex`\infty`)),
  ...orUndecided(
    different(
      '5',
      tower,
      tex`5+9^{9^{9^{9}}}`,
      tex`10^{10^{10^{10}}}`,
      tex`2^{2^{2^{2^{2^{2^{2}}}}}}`,
      tex`9!!!!!!!!!!`,
      '((((9!)!)!)!)!',
      '10^{1000000000}',
      tex`(10^{9})!`,
      '1e999999999',
    ),
  ),
  ...orUndecided(
    different(
      '0',
      tex`10^{-1000000000}`,
      tex`\frac{1}{9^{9^{9^{9}}}}`,
      tex`2^{-99999999}`,
      '1e-999999999',
      tex`\frac{1}{(10^9)!}`,
    ),
  ),
  ...orUndecided(
    different('1', tex`\frac{9^{9^{9}}}{9^{9^{9}}+1}`, tex`\frac{(10^9)!}{(10^9)!+1}`, tex`1+10^{-100000}`),
  ),
  ...orUndecided(equal('1', tex`9^{9^{9^{9}}\cdot 0}`)),
  ...orUndecided(
    different(
      '5',
      tex`\sum_{k=1}^{10^{12}}k`,
      tex`\prod_{k=1}^{10^9}k`,
      tex`\sum_{a=1}^{10^4}\sum_{b=1}^{10^4}\sum_{c=1}^{10^4}1`,
      tex`\binom{10^9}{5\cdot10^8}`,
      tex`\ln\ln\ln\ln\ln 2`,
    ),
  ),

  ...orUndecided(equal(hundredThousandDigits, hundredThousandDigits)),
  ...orUndecided(
    different(hundredThousandDigits, `${hundredThousandDigits}7`, `${hundredThousandDigits.slice(1)}8`, '7'),
  ),
  ...uncomparable(`${hundredThousandDigits}x+1`, `${hundredThousandDigits.slice(1)}8x+1`),
  ...orUndecided(
    different(
      '5',
      hundredThousandDigits,
      `0.${hundredThousandDigits}`,
      `${hundredThousandDigits}/${hundredThousandDigits}7`,
    ),
  ),
  ...orUndecided(equal('1', `${hundredThousandDigits}/${hundredThousandDigits}`)),
  ...orUndecided(
    equal('5', nested('(', '5', ')', 20), nested('{', '5', '}', 20), nested(tex`\left(`, '5', tex`\right)`, 20)),
  ),
  ...orUndecided(
    different(
      '5',
      nested('(', '6', ')', 5000),
      nested('{', '6', '}', 5000),
      nested(tex`\frac{1}{`, '6', '}', 3000),
      nested(tex`\sqrt{`, '6', '}', 3000),
      nested('|', '6', '|', 3000),
      nested(tex`\{`, '6', tex`\}`, 3000),
    ),
  ),
  ...orUndecided(
    different(
      '5',
      '('.repeat(50_000),
      '{'.repeat(50_000),
      ')'.repeat(50_000),
      tex`\boxed{`.repeat(20_000),
      '$'.repeat(50_001),
      '5,'.repeat(20_000),
      '-'.repeat(50_000),
      '^'.repeat(10_000),
      `${'1+'.repeat(20_000)}1`,
      `${'x'.repeat(10_000)}`,
    ),
  ),
  ...orUndecided(different(tex`\sin x`, nested(tex`\sin(`, 'x', ')', 2000), nested(tex`\ln(`, 'x', ')', 2000))),
  ...uncomparable(nested(tex`\sqrt{1+`, 'x', '}', 3000), nested(tex`\sqrt{1+`, 'x+1', '}', 3000)),
  ...uncomparable(nested(tex`\frac{1}{1+`, '1', '}', 3000), nested(tex`\frac{1}{1+`, '2', '}', 3000)),
  ...uncomparable(nested('(', 'x', ')', 20_000), nested('(', 'x+1', ')', 20_000)),

  ...equal('(x+y+z+w)^{60}', '(w+z+y+x)^{60}', '((x+y+z+w)^{30})^2'),
  ...different('(x+y+z+w)^{60}', '(x+y+z-w)^{60}', '(x+y+z+w)^{61}', 'x^{60}+y^{60}+z^{60}+w^{60}'),
  ...equal(tex`(x+1)^{1000}`, tex`(1+x)^{1000}`),
  ...different(tex`(x+1)^{1000}`, tex`(x+1)^{1001}`, tex`(x-1)^{1000}`),
  ...equal('a+b+c+d+f+g+h+j+k+m+n+p', 'p+n+m+k+j+h+g+f+d+c+b+a'),
  ...different('a+b+c+d+f+g+h+j+k+m+n+p', 'p+n+m+k+j+h+g+f+d+c+b-a', 'a+b+c+d+f+g+h+j+k+m+n'),
  ...equal(tex`\{${listed(9)}\}`, tex`\{${backwards(9)}\}`),
  ...different(tex`\{${listed(9)}\}`, tex`\{${listed(8)}\}`, tex`\{${listed(10)}\}`),
  ...orUndecided(equal(tex`\{${listed(200)}\}`, tex`\{${backwards(200)}\}`)),
  ...orUndecided(different(tex`\{${listed(200)}\}`, tex`\{${backwards(201)}\}`, tex`\{${listed(199)}\}`)),
  ...orUndecided(different('5', listed(20_000), tex`\{${listed(5000)}\}`)),
  ...orUndecided(
    wrong(
      '5',
      tex`$\boxed{6}$ `.repeat(5000),
      'answer: '.repeat(20_000),
      `${' '.repeat(200_000)}6`,
      tex`\boxed{\text{${'a '.repeat(20_000)}}}`,
      `${'The answer is 5. '.repeat(2000)}The answer is 6.`,
      `${'1 '.repeat(50_000)}`,
      '<think>'.repeat(20_000),
      `${'</think>'.repeat(20_000)}6`,
    ),
  ),
  ...noted(
    'convention: a long text before the answer does no harm',
    right(
      '5',
      `${'Let us think about this step by step. '.repeat(2000)}\n\nThe answer is \\boxed{5}.`,
      `${'The answer is 6. '.repeat(500)}\n\nThe answer is \\boxed{5}.`,
      tex`${tex`$x=6$, `.repeat(2000)}so $\boxed{5}$`,
    ),
  ),
  ...orUndecided(
    different(
      '5',
      `${'a'.repeat(30_000)}!`,
      `${'5 '.repeat(20_000)}x`,
      `${'\\'.repeat(30_001)}`,
      `${tex`\ `.repeat(20_000)}6`,
      `${'5.'.repeat(10_000)}`,
      `${tex`\text{ `.repeat(5000)}`,
    ),
  ),
]
