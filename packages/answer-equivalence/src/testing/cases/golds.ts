import { type Case, different, equal, noted, orUndecided, tex, uncomparable, under } from './case.ts'

const literal = 'the gold cannot be read as mathematics, yet the answer is spelled the same'

/** Ways in which datasets spell the same gold, golds that cannot be read, and golds that mathematics does not define. */
export const goldCases: readonly Case[] = [
  ...[
    '5',
    '$5$',
    tex`\(5\)`,
    tex`\[5\]`,
    '$$5$$',
    tex`\boxed{5}`,
    tex`$\boxed{5}$`,
    '5.',
    ' 5 ',
    tex`$x = 5$`,
    tex`\text{5}`,
    '**5**',
    tex`\mathbf{5}`,
    '5.0',
    '$5$.',
    tex`{5}`,
  ].flatMap((gold) => [...equal(gold, '5'), ...different(gold, '6', '-5')]),
  ...[
    tex`$\frac{3}{4}$`,
    tex`\boxed{\frac34}`,
    tex`\dfrac{3}{4}`,
    '3/4',
    tex`\tfrac{3}{4}.`,
    tex`\frac{3}{4}\;`,
    tex`x=\frac34`,
    tex`\( \frac{3}{4} \)`,
    tex`\displaystyle \frac{3}{4}`,
  ].flatMap((gold) => [...equal(gold, tex`\frac34`, '3/4'), ...different(gold, tex`\frac43`, '3', '4')]),
  ...['$(1,2)$', tex`\boxed{(1,2)}`, tex`\left(1,2\right)`, '(1,2).', tex`\[(1, 2)\]`].flatMap((gold) => [
    ...equal(gold, '(1,2)'),
    ...different(gold, '(2,1)', '1', '2', '(1,2,3)'),
  ]),
  ...['$x>2$', 'x > 2.', tex`\boxed{x>2}`, tex`\(x>2\)`].flatMap((gold) => [
    ...equal(gold, 'x>2', '2<x'),
    ...different(gold, 'x<2', tex`x\ge2`, '2'),
  ]),
  ...equal('$2$, $3$', '2,3', '2, 3', '3, 2'),
  ...different('$2$, $3$', '2', '3', '23', '2, 4'),
  ...equal('$2$ and $3$', '2,3', tex`2\text{ and }3`),
  ...different('$2$ and $3$', '2', '3', '5'),
  ...equal('$12$ apples', '12', '12 apples'),
  ...different('$12$ apples', '11', '12 pears', '21'),
  ...equal(tex`$18\text{ cm}^2$`, tex`18\text{ cm}^2`, '18 cm^2'),
  ...different(tex`$18\text{ cm}^2$`, tex`18\text{ cm}^3`, '81'),
  ...equal('-5', '-5', '−5'),
  ...different('-5', '5', '- - 5'),

  ...uncomparable('', '5', 'x', 'yes'),
  ...uncomparable('   ', '5', 'yes'),
  ...uncomparable('$$', '5'),
  ...uncomparable(tex`\boxed{}`, '5', '0'),
  ...uncomparable(tex`\frac{1}{`, '1', '2'),
  ...uncomparable(tex`\sqrt{`, '2', '0'),
  ...uncomparable(tex`3+`, '3', '4'),
  ...uncomparable(tex`\frac{1}{0}`, '0', '1', tex`\infty`),
  ...uncomparable(tex`\frac00`, '0', '1'),
  ...uncomparable('***', '5', '0'),
  ...uncomparable('(((', '5'),
  ...uncomparable('1)(2', '12'),
  ...noted(literal, orUndecided(equal(tex`\frac{1}{`, tex`\frac{1}{`))),
  ...orUndecided(
    different('See the proof above; the construction in step 3 works for every odd prime.', '5', 'yes', 'x=2'),
  ),
  ...orUndecided(
    different('The set of all points on or inside the circle except its centre', tex`x^2+y^2\le 1`, 'the circle'),
  ),
  ...noted(
    literal,
    equal(
      'The set of all points on or inside the circle except its centre',
      'The set of all points on or inside the circle except its centre.',
    ),
  ),
  ...under({ extract: ['raw'] }, [
    { gold: ['', '5'], response: '5', verdict: 'correct', note: 'one gold that can be read is enough to be right' },
    { gold: ['', '5'], response: '6', verdict: 'undecided', note: 'the answer may equal the gold that cannot be read' },
    { gold: [tex`\frac{1}{`, '7'], response: '7', verdict: 'correct' },
    { gold: [tex`\frac{1}{`, '7'], response: '8', verdict: 'undecided' },
    { gold: [], response: '7', verdict: 'undecided', note: 'nothing to compare with' },
  ]),
]
