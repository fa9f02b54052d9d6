import { type Case, different, equal, inBox, noted, orUndecided, tex, under } from './case.ts'

const bound = 'convention: a bound variable may have another name'
const bareSide = 'convention: an answer may leave out the name before the equals sign'
const shifted = 'convention: another first member of the same family'

export const functionAndFamilyCases: readonly Case[] = [
  ...equal(
    'f(x)=x^2+1',
    'f(x)=1+x^2',
    'f(x) = x^2 + 1',
    tex`f(x)=x^{2}+1`,
    '$f(x)=x^2+1$',
    'f(x)=x²+1',
    tex`f\left(x\right)=x^2+1`,
    'f(x)=x^2+1.',
  ),
  ...noted(
    'convention: a closing quantifier changes nothing',
    equal(
      'f(x)=x^2+1',
      tex`f(x)=x^2+1 \text{ for all } x`,
      tex`f(x)=x^2+1,\ \forall x\in\mathbb{R}`,
      tex`f(x)=x^2+1 \text{ for all real } x`,
      tex`f(x) = x^2+1, x\in\mathbb{R}`,
    ),
  ),
  ...noted(bound, equal('f(x)=x^2+1', 'f(t)=t^2+1', 'f(y)=y^2+1', 'f(n)=1+n^2')),
  ...noted(bareSide, equal('f(x)=x^2+1', 'x^2+1', 'y=x^2+1')),
  ...under({ strict: true }, different('f(x)=x^2+1', 'f(t)=t^2+1', 'f(x)=x^2')),
  ...different(
    'f(x)=x^2+1',
    'f(x)=x^2-1',
    'f(t)=x^2+2',
    'f(x)=x^2',
    'f(x)=x+1',
    tex`f(x)=x^2+1 \text{ or } f(x)=0`,
    'f(x)=0',
    'f(t)=t^2-1',
    'x^2',
    'f(x)=(x+1)^2',
    'f(x)=x^2+1, f(x)=x',
    'f(1)=2',
    'f',
  ),
  ...equal('f(x)=0, f(x)=x', 'f(x)=x, f(x)=0', tex`f(x)=0 \text{ or } f(x)=x`, tex`f(x)=x\text{ and }f(x)=0`),
  ...different('f(x)=0, f(x)=x', 'f(x)=0', 'f(x)=x', 'f(x)=0, f(x)=-x', 'f(x)=x, f(x)=1'),
  ...equal('f(x)=2x', tex`f(x)=2x \quad \forall x`, 'f(x)=x+x', tex`f(x)=2x\text{ for all }x\in\mathbb{R}`),
  ...different('f(x)=2x', 'f(x)=x', 'f(x)=2x+1', 'f(x)=-2x', 'f(x)=x^2', 'f(2)=x', 'f(x)=2'),
  ...orUndecided(
    noted(
      bound,
      equal(
        tex`f(x)=cx, c\in\mathbb{R}`,
        tex`f(x)=kx, k\in\mathbb{R}`,
        tex`f(x)=ax \text{ for any real } a`,
        tex`f(x)=cx \text{ for some } c\in\mathbb{R}`,
      ),
    ),
  ),
  ...orUndecided(
    different(
      tex`f(x)=cx, c\in\mathbb{R}`,
      tex`f(x)=x`,
      tex`f(x)=cx^2, c\in\mathbb{R}`,
      tex`f(x)=c, c\in\mathbb{R}`,
      tex`f(x)=x+c, c\in\mathbb{R}`,
      tex`f(x)=0`,
    ),
  ),
  ...equal('a_n=2n-1', 'a_n = 2n - 1', 'a_n=-1+2n', 'a_{n}=2n-1', tex`a_n=2n-1 \text{ for all } n\ge1`, 'a_n=2(n-1)+1'),
  ...noted(bareSide, equal('a_n=2n-1', '2n-1')),
  ...different('a_n=2n-1', 'a_n=2n+1', 'a_n=2n', 'a_n=n', 'a_{n}=2^n-1', 'a_{n+1}=2n-1', '2n'),
  ...inBox(equal('f(x)=3x-2', 'f(x) = 3x-2', 'f(x)=-2+3x', tex`f(x)=3x-2 \text{ for all } x`)),
  ...inBox(different('f(x)=3x-2', 'f(x)=3x+2', 'f(x)=2-3x', 'f(x)=2x-3', tex`f(x)=3x-2\text{ or }f(x)=x`)),

  ...equal(
    tex`\frac{\pi}{4}+k\pi, k\in\mathbb{Z}`,
    tex`\frac{\pi}{4}+k\pi,\ k\in\mathbb{Z}`,
    tex`\pi k+\frac{\pi}{4}, k \in \mathbb Z`,
    tex`x=\frac{\pi}{4}+k\pi, k\in\mathbb{Z}`,
    tex`\frac{\pi}{4}+k\pi\ (k\in\mathbb{Z})`,
  ),
  ...noted(
    bound,
    equal(
      tex`\frac{\pi}{4}+k\pi, k\in\mathbb{Z}`,
      tex`\frac{\pi}{4}+n\pi, n\in\mathbb{Z}`,
      tex`x=\frac{\pi}{4}+n\pi,\ n\in\mathbb{Z}`,
      tex`\frac{(4m+1)\pi}{4}, m\in\mathbb{Z}`,
      tex`\frac{\pi}{4}+\pi n,\quad n \in \mathbb{Z}`,
    ),
  ),
  ...orUndecided(
    noted(
      'convention: a domain in words is the domain',
      equal(
        tex`\frac{\pi}{4}+k\pi, k\in\mathbb{Z}`,
        tex`\frac{\pi}{4}+k\pi \text{ for } k\in\mathbb{Z}`,
        tex`\frac{\pi}{4}+k\pi \text{ for any integer } k`,
        tex`\frac{\pi}{4}+k\pi, \text{ where } k \text{ is an integer}`,
      ),
    ),
  ),
  ...orUndecided(
    noted(
      shifted,
      equal(
        tex`\frac{\pi}{4}+k\pi, k\in\mathbb{Z}`,
        tex`\frac{5\pi}{4}+k\pi, k\in\mathbb{Z}`,
        tex`-\frac{3\pi}{4}+k\pi, k\in\mathbb{Z}`,
        tex`\frac{\pi}{4}-k\pi, k\in\mathbb{Z}`,
      ),
    ),
  ),
  ...different(
    tex`\frac{\pi}{4}+k\pi, k\in\mathbb{Z}`,
    tex`\frac{\pi}{4}+2k\pi, k\in\mathbb{Z}`,
    tex`\frac{\pi}{3}+k\pi, k\in\mathbb{Z}`,
    tex`\frac\pi4`,
    tex`k\pi, k\in\mathbb{Z}`,
    tex`\frac{\pi}{4}+\frac{k\pi}{2}, k\in\mathbb{Z}`,
  ),
  ...different(
    tex`\frac{\pi}{4}+k\pi, k\in\mathbb{Z}`,
    tex`-\frac{\pi}{4}+k\pi, k\in\mathbb{Z}`,
    tex`\frac{\pi}{4}+k, k\in\mathbb{Z}`,
    tex`\frac{\pi}{4}+n\pi, n\in\mathbb{R}`,
    tex`\frac{5\pi}{4}`,
    tex`\frac{\pi}{4}, \frac{5\pi}{4}`,
  ),
  ...under(
    { strict: true },
    different(tex`\frac{\pi}{4}+k\pi, k\in\mathbb{Z}`, tex`\frac{\pi}{4}+n\pi, n\in\mathbb{Z}`),
  ),
  ...noted(bound, equal(tex`2k+1, k\in\mathbb{Z}`, tex`2n+1, n\in\mathbb{Z}`, tex`2m+1, m\in\mathbb{Z}`)),
  ...different(
    tex`2k+1, k\in\mathbb{Z}`,
    tex`2n, n\in\mathbb{Z}`,
    tex`3n+1, n\in\mathbb{Z}`,
    tex`4k+1, k\in\mathbb{Z}`,
    '1',
    tex`k, k\in\mathbb{Z}`,
    '2',
  ),
  ...noted(
    bound,
    equal(
      tex`\left\{\frac{\pi}{6}+2\pi k \mid k\in\mathbb{Z}\right\}`,
      tex`\left\{\frac{\pi}{6}+2\pi n \mid n\in\mathbb{Z}\right\}`,
      tex`\{\frac{\pi}{6}+2k\pi : k \in \mathbb{Z}\}`,
    ),
  ),
  ...different(
    tex`\left\{\frac{\pi}{6}+2\pi k \mid k\in\mathbb{Z}\right\}`,
    tex`\left\{\frac{\pi}{6}+\pi k \mid k\in\mathbb{Z}\right\}`,
    tex`\left\{\frac{\pi}{3}+2\pi k \mid k\in\mathbb{Z}\right\}`,
    tex`\frac{\pi}{6}`,
  ),
  ...noted(bound, equal(tex`(t, 2t), t\in\mathbb{R}`, tex`(s,2s), s\in\mathbb{R}`, tex`(t,2t),\ t \in \mathbb{R}`)),
  ...different(
    tex`(t, 2t), t\in\mathbb{R}`,
    tex`(2t,t), t\in\mathbb{R}`,
    tex`(t,3t), t\in\mathbb{R}`,
    '(1,2)',
    tex`(s,2t), t\in\mathbb{R}`,
  ),
]
