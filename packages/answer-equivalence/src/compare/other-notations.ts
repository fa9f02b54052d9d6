import { namesOf } from '../evaluate/names.ts'
import { substitute } from '../evaluate/substitute.ts'
import { memberOf } from '../read/build-node.ts'
import type { Node } from '../read/node.ts'
import { children, mapParts } from '../read/parts.ts'
import type { Comparison } from './comparison.ts'
import { equationSides } from './equation-sides.ts'

/** The node in the notation of the other; null when it is written so already, or cannot be. */
type Change = (node: Node, other: Node) => Node | null

/** Whether the two are the same once both are in one notation, for a notation in which only one of them is written. */
export function sameInOneNotation(gold: Node, answer: Node, { equal }: Comparison): boolean {
  return changes.some((change) => {
    const [left, right] = [change(gold, answer), change(answer, gold)]
    return (left !== null || right !== null) && equal(left ?? gold, right ?? answer) === true
  })
}

/** Vectors as plain letters, where the other draws no arrows. */
function plainVectors(node: Node, other: Node): Node | null {
  const isVector = (name: string): boolean => name.startsWith('vec ')
  if (![...namesOf([node]).all].some(isVector) || [...namesOf([other]).all].some(isVector)) return null
  return substitute(node, (name) => (isVector(name) ? { kind: 'variable', name: name.slice(4) } : null))
}

/** `g(a-b)` as a product, where the other only knows `g` as a number. */
function factorsOfCalls(node: Node, other: Node): Node | null {
  const called = callsOf(node)
  if (called.size === 0) return null
  const calledThere = callsOf(other)
  const numbers = namesOf([other]).all
  const factors = new Set([...called].filter((name) => numbers.has(name) && !calledThere.has(name)))
  if (factors.size === 0) return null
  const change = (each: Node): Node => {
    const inner = mapParts(each, change)
    const [only] = inner.kind === 'application' ? inner.arguments : []
    return inner.kind === 'application' && only !== undefined && inner.arguments.length === 1 && factors.has(inner.name)
      ? { kind: 'product', factors: [{ kind: 'variable', name: inner.name }, only] }
      : inner
  }
  return change(node)
}

function callsOf(node: Node, names: Set<string> = new Set()): ReadonlySet<string> {
  if (node.kind === 'application') names.add(node.name)
  for (const part of children(node)) callsOf(part, names)
  return names
}

/** `dy/dx` as `y'`, where the other writes that. */
function primesOfDerivatives(node: Node, other: Node): Node | null {
  const primes = [...namesOf([other]).all].filter((name) => /^[A-Za-z]'$/.test(name))
  if (primes.length === 0) return null
  let changed = false
  const change = (each: Node): Node => {
    const name = derivedName(each)
    if (name === null || !primes.includes(name)) return mapParts(each, change)
    changed = true
    return { kind: 'variable', name }
  }
  const result = change(node)
  return changed ? result : null
}

/** `y'` for the derivative `dy/dx`; null for other nodes. */
function derivedName(node: Node): string | null {
  const [above, below] = node.kind === 'application' && node.name === 'derivative' ? node.arguments : []
  if (above?.kind !== 'product' || below?.kind !== 'product') return null
  const [, of, ...more] = above.factors
  return of?.kind === 'variable' && more.length === 0 && below.factors.length === 2 ? `${of.name}'` : null
}

/** `x_1 = 2, x_2 = 3` as values of `x`, where the other says `x = 2` or `x = 3`. */
function numberedUnknowns(node: Node, other: Node): Node | null {
  if (node.kind !== 'sequence' || node.open !== '' || other.kind !== 'sequence' || other.open !== '') return null
  const [first] = other.items.map(unknownOf)
  if (first == null || !other.items.every((item) => unknownOf(item) === first)) return null
  if (!node.items.every((item, index) => unknownOf(item) === `${first}_${index + 1}`)) return null
  return { ...node, items: node.items.map((item) => withUnknown(item, first)) }
}

function unknownOf(node: Node): string | null {
  const [left] = equationSides(node)
  return left?.kind === 'variable' ? left.name : null
}

function withUnknown(node: Node, name: string): Node {
  if (node.kind !== 'relation') return node
  return { ...node, sides: [{ kind: 'variable', name }, ...node.sides.slice(1)] }
}

/** `n \equiv 2 \pmod 5` as `n = 2 + 5k`, where the other is such a family. */
function congruences(node: Node, other: Node): Node | null {
  if (other.kind !== 'conditional' || node.kind !== 'relation' || node.signs.length !== 1 || node.signs[0] !== '≡')
    return null
  const [of, right] = node.sides
  const [rest, modulus] = right?.kind === 'function' && right.name === 'congruent' ? right.arguments : []
  if (of === undefined || rest === undefined || modulus === undefined) return null
  const own = namesOf([node]).all
  const counter = ['k', 'n', 'm', 'j'].find((name) => !own.has(name))
  if (counter === undefined || !namesOf([other]).all.has(counter)) return null
  const whole: Node = { kind: 'variable', name: counter }
  const multiple: Node = { kind: 'product', factors: [modulus, whole] }
  return {
    kind: 'conditional',
    of: { kind: 'relation', sides: [of, { kind: 'sum', terms: [rest, multiple] }], signs: ['='] },
    conditions: [memberOf(whole, 'Z')],
  }
}

const changes: readonly Change[] = [plainVectors, factorsOfCalls, primesOfDerivatives, numberedUnknowns, congruences]
