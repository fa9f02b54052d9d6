import { realValue, sequence } from '../evaluate/identity.ts'
import { contains, namesOf } from '../evaluate/names.ts'
import { substitute } from '../evaluate/substitute.ts'
import { type Node, whole } from '../read/node.ts'
import type { Comparison, Outcome } from './comparison.ts'

const constant = /^[cC](?:_\w+)?$/
const anyConstant = /^[ABCDKabcdk](?:_\w+)?$/
const points = 12

/**
 * General solutions: `C_1\cos x + C_2\sin x` and `A\sin x + B\cos x`, `\ln|x| + C` and `\ln|2x| + C`. Both are linear in constants that may be
 * anything; they are the same when they are the same functions for all values of these: when the functions that the constants multiply span
 * the same space, and the rest of one differs from the rest of the other by a member of it. Undefined when the gold has no arbitrary
 * constant, or one of them is not linear in them.
 */
export function sameGeneralSolution(gold: Node, answer: Node, comparison: Comparison): Outcome | undefined {
  const names = [...namesOf([gold]).all]
  const constants = names.filter((name) => constant.test(name))
  const variables = names.filter((name) => !constant.test(name))
  const theirs = [...namesOf([answer]).all].filter((name) => !variables.includes(name))
  if (constants.length === 0 || constants.length > 4 || theirs.length !== constants.length || variables.length === 0)
    return undefined
  if (!theirs.every((name) => anyConstant.test(name)) || !isGeneral(gold, constants, variables)) return undefined
  const random = sequence(71)
  const at = Array.from({ length: points }, () => new Map(variables.map((name) => [name, 0.35 + random() * 1.9])))
  const [left, right] = [linearParts(gold, constants, at, comparison), linearParts(answer, theirs, at, comparison)]
  if (left === null || right === null) return undefined
  const space = rank(left.functions)
  const together = [...left.functions, ...right.functions]
  if (rank(right.functions) !== space || rank(together) !== space) return false
  const apart = left.rest.map((value, index) => value - (right.rest[index] ?? 0))
  return rank([...left.functions, apart]) === space
}

/**
 * Whether the constants of the gold are those of an integration, not letters of a formula: numbered ones, a C of one variable, or what
 * multiplies an exponential or a trigonometric function of it.
 */
function isGeneral(gold: Node, constants: readonly string[], variables: readonly string[]): boolean {
  if (constants.every((name) => /_\d+$/.test(name))) return true
  const [variable] = variables
  if (variables.length !== 1 || variable === undefined || !/^[a-z]$/.test(variable)) return false
  if (constants.every((name) => name === 'C')) return true
  return contains(
    gold,
    (each) =>
      (each.kind === 'power' && each.base.kind === 'constant' && namesOf([each.exponent]).all.has(variable)) ||
      (each.kind === 'function' && /^(?:sin|cos|sinh|cosh|exp)$/.test(each.name)),
  )
}

interface LinearParts {
  /** Without the constants, at every point. */
  readonly rest: readonly number[]
  /** What each constant multiplies, at every point. */
  readonly functions: readonly (readonly number[])[]
}

function linearParts(
  node: Node,
  constants: readonly string[],
  at: readonly ReadonlyMap<string, number>[],
  comparison: Comparison,
): LinearParts | null {
  const valuesWith = (values: ReadonlyMap<string, number>): number[] | null => {
    const result: number[] = []
    for (const point of at) {
      const fixed = substitute(node, (name) => {
        const value = point.get(name)
        const chosen = values.get(name)
        return value !== undefined ? decimal(value) : chosen !== undefined ? whole(chosen) : null
      })
      const value = realValue(fixed, comparison.budget)
      if (value === null) return null
      result.push(value)
    }
    return result
  }
  const zeros = new Map(constants.map((name) => [name, 0]))
  const rest = valuesWith(zeros)
  if (rest === null) return null
  const functions: number[][] = []
  for (const name of constants) {
    const one = valuesWith(new Map(zeros).set(name, 1))
    const three = valuesWith(new Map(zeros).set(name, 3))
    if (one === null || three === null) return null
    const part = one.map((value, index) => value - (rest[index] ?? 0))
    const linear = three.every((value, index) => close(value - (rest[index] ?? 0), 3 * (part[index] ?? 0)))
    if (!linear) return null
    functions.push(part)
  }
  const all = valuesWith(new Map(constants.map((name) => [name, 2])))
  const sum = rest.map((value, index) => value + functions.reduce((total, each) => total + 2 * (each[index] ?? 0), 0))
  return all?.every((value, index) => close(value, sum[index] ?? 0)) === true ? { rest, functions } : null
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-8 * (1 + Math.abs(a) + Math.abs(b))
}

function decimal(value: number): Node {
  return { kind: 'number', numerator: BigInt(Math.round(value * 1e6)), denominator: 1_000_000n, decimals: null }
}

/** By elimination with the largest pivot; rows that are small beside their first length count as nothing. */
function rank(rows: readonly (readonly number[])[]): number {
  const left = rows.map((row) => {
    const length = Math.hypot(...row)
    return length === 0 ? [...row] : row.map((value) => value / length)
  })
  let found = 0
  for (let column = 0; column < points && found < left.length; column++) {
    const pivot =
      left
        .slice(found)
        .reduce(
          (best, row, index) =>
            Math.abs(row[column] ?? 0) > Math.abs(left[found + best]?.[column] ?? 0) ? index : best,
          0,
        ) + found
    const chosen = left[pivot]
    if (chosen === undefined || Math.abs(chosen[column] ?? 0) < 1e-7) continue
    left[pivot] = left[found] ?? []
    left[found] = chosen
    for (let row = found + 1; row < left.length; row++) {
      const factor = (left[row]?.[column] ?? 0) / (chosen[column] ?? 1)
      left[row] = (left[row] ?? []).map((value, index) => value - factor * (chosen[index] ?? 0))
    }
    found++
  }
  return found
}
