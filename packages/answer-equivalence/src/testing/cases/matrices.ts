import { type Case, different, equal, inBox, noted, orUndecided, tex, under } from './case.ts'

const square = tex`\begin{pmatrix}1&2\\3&4\end{pmatrix}`
const column = tex`\begin{pmatrix}1\\2\\3\end{pmatrix}`
const vector = 'convention: a vector is its coordinates, however they are written'

export const matrixCases: readonly Case[] = [
  ...equal(
    square,
    square,
    tex`\begin{bmatrix}1&2\\3&4\end{bmatrix}`,
    tex`\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`,
    tex`\begin{pmatrix}1&2\\3&4\\\end{pmatrix}`,
  ),
  ...equal(
    square,
    tex`\left[\begin{array}{cc}1&2\\3&4\end{array}\right]`,
    tex`\left(\begin{matrix}1&2\\3&4\end{matrix}\right)`,
    tex`A=\begin{pmatrix}1&2\\3&4\end{pmatrix}`,
  ),
  ...equal(
    square,
    tex`\begin{pmatrix}\frac22&2\\3&2^2\end{pmatrix}`,
    tex`\begin{pmatrix}1&2\\[1ex]3&4\end{pmatrix}`,
    tex`\left( \begin{array}{rr} 1 & 2 \\ 3 & 4 \end{array} \right)`,
    tex`$\begin{pmatrix}1&2\\3&4\end{pmatrix}$`,
  ),
  ...equal(
    square,
    tex`\begin{pmatrix}1&2\cr3&4\end{pmatrix}`,
    tex`\begin{pmatrix}
1 & 2 \\
3 & 4
\end{pmatrix}`,
    tex`\frac12\begin{pmatrix}2&4\\6&8\end{pmatrix}`,
  ),
  ...noted('convention: nested brackets spell a matrix', equal(square, '[[1,2],[3,4]]')),
  ...different(
    square,
    tex`\begin{pmatrix}1&3\\2&4\end{pmatrix}`,
    tex`\begin{pmatrix}1&2\\4&3\end{pmatrix}`,
    tex`\begin{pmatrix}1&2\\3&-4\end{pmatrix}`,
    tex`\begin{pmatrix}1&2&3&4\end{pmatrix}`,
    '(1,2,3,4)',
    '-2',
  ),
  ...different(
    square,
    tex`\begin{vmatrix}1&2\\3&4\end{vmatrix}`,
    tex`2\begin{pmatrix}1&2\\3&4\end{pmatrix}`,
    tex`\begin{pmatrix}1&2\end{pmatrix}`,
    tex`\begin{pmatrix}1&2\\3\end{pmatrix}`,
    tex`\begin{pmatrix}1&2\\3&4\\5&6\end{pmatrix}`,
    '10',
  ),
  ...different(
    square,
    tex`\begin{pmatrix}1\\2\\3\\4\end{pmatrix}`,
    tex`\begin{pmatrix}1&2\\3&5\end{pmatrix}`,
    tex`\begin{pmatrix}4&3\\2&1\end{pmatrix}`,
    tex`-\begin{pmatrix}1&2\\3&4\end{pmatrix}`,
    tex`\begin{pmatrix}\end{pmatrix}`,
  ),
  ...inBox(
    equal(
      tex`\begin{pmatrix} -1/3 & 2/3 \\ 2/3 & -1/3 \end{pmatrix}`,
      tex`\begin{bmatrix} -\frac13 & \frac23 \\ \frac23 & -\frac13 \end{bmatrix}`,
      tex`\frac13\begin{pmatrix}-1&2\\2&-1\end{pmatrix}`,
      tex`\begin{pmatrix}-\dfrac{1}{3}&\dfrac{2}{3}\\\dfrac{2}{3}&-\dfrac{1}{3}\end{pmatrix}`,
    ),
  ),
  ...inBox(
    different(
      tex`\begin{pmatrix} -1/3 & 2/3 \\ 2/3 & -1/3 \end{pmatrix}`,
      tex`\begin{pmatrix} 1/3 & 2/3 \\ 2/3 & 1/3 \end{pmatrix}`,
      tex`\begin{pmatrix}-1&2\\2&-1\end{pmatrix}`,
      tex`-\frac13`,
    ),
  ),
  ...equal(
    tex`\begin{pmatrix}2&0\\0&2\end{pmatrix}`,
    tex`2\begin{pmatrix}1&0\\0&1\end{pmatrix}`,
    tex`\begin{pmatrix}1&0\\0&1\end{pmatrix}+\begin{pmatrix}1&0\\0&1\end{pmatrix}`,
  ),
  ...different(
    tex`\begin{pmatrix}2&0\\0&2\end{pmatrix}`,
    '2',
    tex`\begin{pmatrix}0&2\\2&0\end{pmatrix}`,
    tex`\begin{pmatrix}1&0\\0&1\end{pmatrix}`,
    tex`\begin{pmatrix}1&0\\0&1\end{pmatrix}-\begin{pmatrix}1&0\\0&1\end{pmatrix}`,
  ),
  ...equal(
    tex`\begin{pmatrix}\cos\theta&-\sin\theta\\\sin\theta&\cos\theta\end{pmatrix}`,
    tex`\begin{bmatrix}\cos \theta & -\sin \theta\\ \sin \theta & \cos \theta\end{bmatrix}`,
    tex`\begin{pmatrix}\cos\theta&\sin(-\theta)\\\sin\theta&\cos\theta\end{pmatrix}`,
  ),
  ...different(
    tex`\begin{pmatrix}\cos\theta&-\sin\theta\\\sin\theta&\cos\theta\end{pmatrix}`,
    tex`\begin{pmatrix}\cos\theta&\sin\theta\\-\sin\theta&\cos\theta\end{pmatrix}`,
    tex`\begin{pmatrix}\sin\theta&-\cos\theta\\\cos\theta&\sin\theta\end{pmatrix}`,
  ),
  ...orUndecided(
    equal(
      square,
      tex`\begin{pmatrix}1&3\\2&4\end{pmatrix}^T`,
      tex`\begin{pmatrix}1&0\\0&1\end{pmatrix}\begin{pmatrix}1&2\\3&4\end{pmatrix}`,
      tex`\begin{pmatrix}1&0\\3&4\end{pmatrix}+\begin{pmatrix}0&2\\0&0\end{pmatrix}`,
    ),
  ),
  ...orUndecided(
    different(
      square,
      tex`\begin{pmatrix}1&2\\3&4\end{pmatrix}^T`,
      tex`\begin{pmatrix}1&2\\3&4\end{pmatrix}^2`,
      tex`\begin{pmatrix}1&2\\3&4\end{pmatrix}^{-1}`,
    ),
  ),
  ...orUndecided(equal(tex`\begin{vmatrix}1&2\\3&4\end{vmatrix}`, '-2', tex`\det\begin{pmatrix}1&2\\3&4\end{pmatrix}`)),
  ...orUndecided(different(tex`\begin{vmatrix}1&2\\3&4\end{vmatrix}`, '2', '10', square, '-1')),
  ...noted(
    'convention: a gold that is a number wants a closed form, not the task written again',
    orUndecided(different('-2', tex`\begin{vmatrix}1&2\\3&4\end{vmatrix}`)),
  ),
  ...orUndecided(different('-2', tex`\begin{vmatrix}1&2\\3&5\end{vmatrix}`)),
  ...different('-2', square, tex`\begin{pmatrix}-2\\-2\end{pmatrix}`),

  ...equal(
    column,
    column,
    tex`\begin{bmatrix}1\\2\\3\end{bmatrix}`,
    tex`\begin{pmatrix} 1 \\ 2 \\ 3 \end{pmatrix}`,
    tex`\left[\begin{array}{c}1\\2\\3\end{array}\right]`,
    tex`\mathbf{v}=\begin{pmatrix}1\\2\\3\end{pmatrix}`,
    tex`\vec{v}=\begin{pmatrix}1\\2\\3\end{pmatrix}`,
  ),
  ...noted(vector, equal(column, '(1,2,3)', tex`\langle1,2,3\rangle`, '[1,2,3]', tex`\langle 1, 2, 3 \rangle`)),
  ...noted(vector, equal('(1,2,3)', column, tex`\begin{bmatrix}1\\2\\3\end{bmatrix}`)),
  ...different(
    column,
    tex`\begin{pmatrix}1\\3\\2\end{pmatrix}`,
    '(1,3,2)',
    tex`\begin{pmatrix}1\\2\end{pmatrix}`,
    tex`\begin{pmatrix}1\\2\\-3\end{pmatrix}`,
    '6',
    '(1,2)',
    tex`\begin{pmatrix}2\\4\\6\end{pmatrix}`,
    tex`\begin{pmatrix}1\\2\\3\\4\end{pmatrix}`,
  ),
  ...different('(1,2,3)', tex`\begin{pmatrix}3\\2\\1\end{pmatrix}`, tex`\begin{pmatrix}1\\2\end{pmatrix}`),
  ...under({ strict: true }, different('(1,2,3)', column)),
  ...under({ strict: true }, different(column, '(1,2,3)', tex`\begin{pmatrix}1&2&3\end{pmatrix}`)),
  ...under({ strict: true }, equal(column, tex`\begin{bmatrix}1\\2\\3\end{bmatrix}`)),
  ...inBox(
    equal(
      tex`\begin{pmatrix}-7\\16\\5\end{pmatrix}`,
      tex`\begin{pmatrix} -7 \\ 16 \\ 5 \end{pmatrix}`,
      tex`\begin{bmatrix}-7\\16\\5\end{bmatrix}`,
    ),
  ),
  ...inBox(
    different(
      tex`\begin{pmatrix}-7\\16\\5\end{pmatrix}`,
      tex`\begin{pmatrix}7\\16\\5\end{pmatrix}`,
      tex`\begin{pmatrix}-7\\16\end{pmatrix}`,
      '14',
    ),
  ),
  ...orUndecided(noted(vector, equal('(2,3)', tex`2\mathbf{i}+3\mathbf{j}`))),
  ...equal(tex`2\mathbf{i}+3\mathbf{j}`, tex`3\mathbf{j}+2\mathbf{i}`),
  ...different(tex`2\mathbf{i}+3\mathbf{j}`, tex`2\mathbf{i}-3\mathbf{j}`, tex`3\mathbf{i}+2\mathbf{j}`),
]
