import { namesOf } from '../evaluate/names.ts'
import { substitute } from '../evaluate/substitute.ts'
import type { Node } from '../read/node.ts'

/** The answer with its arbitrary constants c, c_1, … in the case in which the gold writes them; null when they are alike or mixed. */
export function withGoldsConstants(gold: Node, answer: Node): Node | null {
  const constant = /^[cC](?:_\w+)?$/
  const [wanted, given] = [gold, answer].map((node) => [...namesOf([node]).all].filter((name) => constant.test(name)))
  if (wanted === undefined || given === undefined || wanted.length === 0 || wanted.length !== given.length) return null
  const other = (name: string): string => (name.startsWith('c') ? `C${name.slice(1)}` : `c${name.slice(1)}`)
  if (!given.every((name) => wanted.includes(other(name)) && !wanted.includes(name))) return null
  return substitute(answer, (name) => (given.includes(name) ? { kind: 'variable', name: other(name) } : null))
}
