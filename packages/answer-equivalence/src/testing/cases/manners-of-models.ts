import { type Case, different, equal, noted, right, tex, wrong } from './case.ts'

const fence = '```'

/** How models of different makes end a response, and notations of which only one side is written. */
export const mannersOfModels: readonly Case[] = [
  // The answer in bold, and what is said after it.
  ...right(
    '24',
    'We have 4 rows of 6 chairs each.\n\nThere are **24 chairs** in the hall. 🎉',
    'We have 4 rows of 6 chairs each.\n\n**The hall holds 24 chairs.**\n\nThat is a nice round 2 dozen!',
    '4 * 6 = 24, so **in all they put out 24 chairs**.\n\nThanks for asking! Note that this is 8 times as many as 3.',
    'The total is 24 chairs. This took 2 steps.',
    'Four rows of six are 24.\nMia put out a total of 24 chairs.',
    'Rows are 4 and each has 6, 4 * 6 gives 24, hence **n = 24**',
  ),
  ...wrong('3', '4 * 6 = 24, so **in all they put out 24 chairs**.\n\nNote that this is 8 times as many as 3.'),
  ...wrong('2', 'The total is 24 chairs. This took 2 steps.'),
  // Money is no mathematics, and mathematics no money.
  ...right('20%', 'The rise is $60 − $50 = $10.\n\n$10 / $50 = 0.2, so the price rose by **20 percent**.'),
  ...right(tex`7\sqrt{2}`, 'The diagonal of a square is s√2.\nThus the diagonal of this one is 7√2.'),
  ...wrong('2', 'The diagonal of a square is s√2.\nThus the diagonal of this one is 7√2.'),
  // Programs, and what they print.
  ...right(
    '44',
    `Here it is:\n\n${fence}\n44\n${fence}`,
    `${fence}python\nprint(4 * 11)\n${fence}\n${fence}output\n44\n${fence}`,
    `${fence}python\nprint(4 * 11)\n${fence}\n${fence}output\n44\n${fence}\nForty-four apples were picked on day 3.`,
  ),
  ...wrong(
    '44',
    `${fence}output\nTimeout\n${fence}\nLet me try with n = 44:\n${fence}python\nn = 44`,
    `${fence}python\n# the answer is 44\nprint(45)\n${fence}`,
  ),
  // Announcements.
  ...right('D', 'A, B and C fail.\n\nThe correct choice is (D) 25.'),
  ...right(
    '16',
    'It is a sum of odd numbers.\n\n### Final Answer\nThe sum of the four is:\n\n> **16**\n\n### Verification\n4 · 4 = 16',
  ),
  ...right('9', 'Is it 8? The count gives 9, so my first value was right: the answer is 9, and not 8.'),
  ...right(tex`\frac{9}{4}`, 'So the answer is 9/4 (or 2.25 as a decimal).'),
  ...wrong('13', "I think the answer is 13. But hold on, 13 can't be right, it must be even.").map((each) => ({
    ...each,
    orUndecided: true as const,
  })),
  // A base model goes on with another problem.
  ...noted('convention: what follows the answer as a problem of its own is not looked at', [
    ...right('25', 'Half is 15 and a third is 10.\n#### 25\n\nQuestion: What is half of 80?\nAnswer: 40'),
    ...wrong('40', 'Half is 15 and a third is 10.\n#### 25\n\nQuestion: What is half of 80?\nAnswer: 40'),
  ]),
  // What is no number: a time, a ratio, a word, a name.
  ...right('5:20', 'It begins at 3:00 PM and takes 140 minutes.\n\nIt ends at **5:20 PM**.'),
  ...right('3:2', '18 and 12; dividing by 6:\n\nThe ratio of oaks to elms is **3 : 2**.'),
  ...right('True', 'A sum of even numbers is even.\nHence the statement is **true**.'),
  ...wrong('False', 'A sum of even numbers is even.\nHence the statement is **true**.'),
  ...right('Mirela', 'Mirela measures 162 cm, Tudor 158 cm.\n\nThe tallest one is Mirela.'),
  ...wrong('Tudor', 'Mirela measures 162 cm, Tudor 158 cm.\n\nThe tallest one is Mirela.'),
  ...right('7', 'There are four oaks and three elms.\n\nSo there are seven trees in all.'),
  ...wrong('4', 'There are four oaks and three elms.\n\nSo there are seven trees in all.'),
  // Other marks around the answer.
  ...right('(2, 5)', '<solution>It is read off directly.</solution>\n<final>(2,5)</final>'),
  ...right('25', '5 squared is 25. So the answer is 25.\n\nHuman: And 6 squared?\n\nAssistant: The answer is 36.'),
  ...right('-2, 5', tex`So the first root is $\boxed{-2}$ and the second is $\boxed{5}$.`),
  ...right(tex`\frac{x^3}{3}+C`, '**Final answer:**\n$$\n\\int x^2\\,dx=\\frac{x^{3}}{3}+C\n$$'),
  ...right('-1', '故答案为：$-1$。'),
  ...right('2.5', 'La respuesta final es **2,5** metros.'),
  ...right('60', 'अतः उत्तर 60 है।'),
  // Marks and environments.
  ...right('1011', tex`The bound is attained, and so the minimum is $1011$. $\blacksquare$`),
  ...right('28', '$$\n\\begin{aligned}\n1+2+\\dots+7 &= \\frac{7\\cdot 8}{2}\\\\\n&= 28\n\\end{aligned}\n$$'),
  ...right('21', tex`The sum of 1 to 6 is \framebox{21}.`),
  ...right('32', tex`It is $\boxed{32}$. The answer is $\boxed{32}$. The answer is $\boxed{`),
  ...wrong('32', tex`It is $\boxed{32}$. Wait, no. It is $\boxed{`),
  ...right('35', '| what | sum |\n|---|---|\n| pens | $15 |\n| books | $20 |\n| **Total** | **$35** |'),
  // Only one of the two is written so.
  ...equal(tex`\frac{a-b}{a+b}g`, tex`\frac{g(a-b)}{a+b}`, tex`g\frac{a-b}{a+b}`),
  ...different(tex`\frac{a-b}{a+b}g`, tex`\frac{g(b-a)}{a+b}`),
  ...equal(tex`\frac{dy}{dx}=3x^2`, "y'=3x^2"),
  ...different(tex`\frac{dy}{dx}=3x^2`, "y'=3x", "y''=3x^2"),
  ...equal(tex`n \equiv 2 \pmod{5}`, tex`n=5k+2, k\in\mathbb{Z}`, tex`n = 5k-3, k \in Z`),
  ...different(tex`n \equiv 2 \pmod{5}`, tex`n=5k+3, k\in\mathbb{Z}`, tex`n=10k+2, k\in\mathbb{Z}`),
  ...equal(tex`x_1=2, x_2=-\frac{1}{3}`, tex`x=2 \text{ or } x=-\frac{1}{3}`),
  ...different(tex`x_1=2, x_2=-\frac{1}{3}`, tex`x=2 \text{ or } x=\frac{1}{3}`),
  ...equal(tex`x=2k\pi, k \in \mathbb{Z}`, tex`x = 2\pi n, \ n\in Z`),
  ...equal(tex`10:00 \text{ a.m.}`, '10 a.m.', '10 AM'),
  ...different(tex`10:00 \text{ a.m.}`, '10 p.m.', '11 a.m.'),
  ...equal(tex`\text{noon}`, '12:00 PM'),
  ...different(tex`\text{noon}`, '12:00 AM'),
  ...equal('A, C', 'AC', 'C, A'),
  ...different('A, C', 'AB', 'ACD'),
  ...equal('25', tex`\text{(D) } 25`, '(D) 25'),
  ...different('25', '(D) 24'),
  ...equal('5600', '5600 K', '5600 m'),
  ...different('5600', '5600 x', '560 K'),
  ...equal('1200', '1200 рублей'),
  ...different('1200', '1200 тысяч', '120 рублей').map((each) => ({ ...each, orUndecided: true as const })),
  ...equal('9', tex`\bf{9}`, tex`{\bf 9}`),
]
