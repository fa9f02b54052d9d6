import type { ThoughtFormat } from './parsed-thought.ts'

/** No delimiters: all of the text is the solution. */
export const plain: ThoughtFormat = {
  name: 'plain',
  thoughtEnd: '',
  parse: (text) => {
    const solution = text.trim()
    return solution === '' ? { ok: false, reason: 'the text is empty', solution } : { ok: true, thought: '', solution }
  },
  render: (thought, solution) => [thought.trim(), solution.trim()].filter((part) => part !== '').join('\n\n'),
}
