import { realValue } from '../evaluate/identity.ts'
import { namesOf } from '../evaluate/names.ts'
import { substitute } from '../evaluate/substitute.ts'
import { type Node, whole } from '../read/node.ts'
import { withBothSigns } from './both-signs.ts'
import type { Comparison, Outcome } from './comparison.ts'
import { equationSides } from './equation-sides.ts'

/** The numbers offset + k·step for every whole k; a step of zero is one number. */
interface Progression {
  readonly offset: number
  readonly step: number
}

/** Letters that stand for a whole number in a family of solutions when nothing says so. */
const usual = /^[knmlpqNK]$/

/** The whole-numbered parameters that the conditions of a node declare. */
export function parametersOf(node: Node): readonly string[] {
  return declaredBy(node).flatMap(([name, region]) => (region === 'Z' ? [name] : []))
}

/** The parameters that the conditions of a node declare, with the region that each ranges over. */
export function declaredBy(node: Node): readonly (readonly [name: string, region: string])[] {
  if (node.kind !== 'conditional') return []
  return node.conditions.flatMap((condition) => {
    if (condition.kind !== 'relation' || condition.signs.some((sign) => sign !== '∈')) return []
    const region = condition.sides.at(-1)
    if (region?.kind !== 'region') return []
    return condition.sides
      .slice(0, -1)
      .flatMap((side) => [...namesOf([side]).all].map((name) => [name, region.name] as const))
  })
}

/**
 * Families of solutions, as π/4 + kπ for whole k, are the same when they are the same numbers: whatever the parameter is called, wherever it
 * starts, and however many progressions they are split into. Undefined when neither side is one.
 */
export function sameFamily(gold: Node, answer: Node, comparison: Comparison): Outcome | undefined {
  const [mine, theirs] = [parametersOf(gold), parametersOf(answer)]
  if (declaredBy(gold).length > 0 && declaredBy(answer).length > 0 && (mine.length === 0) !== (theirs.length === 0))
    return undefined
  const declared = [...mine, ...theirs]
  if (declared.length === 0) return undefined
  const [left, right] = [progressions(gold, declared, comparison), progressions(answer, declared, comparison)]
  if (left === null || right === null) return undefined
  if (left.length === 0 || right.length === 0) return undefined
  return sameNumbers(left, right)
}

function progressions(node: Node, declared: readonly string[], comparison: Comparison): Progression[] | null {
  const inner = node.kind === 'conditional' ? node.of : node
  const items = inner.kind === 'sequence' && (inner.open === '' || inner.open === '{') ? inner.items : [inner]
  const result: Progression[] = []
  for (const item of items.flatMap(unlabelled).flatMap(withBothSigns)) {
    const names = [...namesOf([item]).all]
    const [name] = names
    if (name === undefined || names.length > 1) {
      const value = names.length === 0 ? realValue(item, comparison.budget) : null
      if (value === null) return null
      result.push({ offset: value, step: 0 })
      continue
    }
    if (!declared.includes(name) && !usual.test(name)) return null
    const values = [0, 1, 2, -1, 5, -7].map((at) =>
      realValue(
        substitute(item, (each) => (each === name ? whole(at) : null)),
        comparison.budget,
      ),
    )
    const [zero, one, two, minus, five, seven] = values
    if (zero == null || one == null || two == null || minus == null || five == null || seven == null) return null
    const step = one - zero
    if (
      Math.abs(five - zero - 5 * step) > 1e-8 * (1 + Math.abs(five)) ||
      Math.abs(seven - zero + 7 * step) > 1e-8 * (1 + Math.abs(seven))
    )
      return null
    const tolerance = 1e-9 * (Math.abs(zero) + Math.abs(one) + 1)
    if (Math.abs(two - one - step) > tolerance || Math.abs(zero - minus - step) > tolerance) return null
    result.push({ offset: zero, step: Math.abs(step) })
  }
  return result
}

function unlabelled(node: Node): Node[] {
  if (node.kind === 'labelled') return [node.of]
  return [equationSides(node)[1] ?? node]
}

/** Both split into residues of a common step, which must be the same ones. */
function sameNumbers(left: readonly Progression[], right: readonly Progression[]): Outcome {
  const steps = [...left, ...right].map(({ step }) => step).filter((step) => step > 0)
  const [first] = steps
  if (first === undefined) return null
  if ([...left, ...right].some(({ step }) => step === 0)) return false
  let common = first
  for (const step of steps) {
    const multiple = leastMultiple(common, step)
    if (multiple === null) return false
    common = multiple
  }
  const residues = (families: readonly Progression[]): number[] =>
    families.flatMap(({ offset, step }) =>
      Array.from({ length: Math.round(common / step) }, (_, index) => position(offset + index * step, common)),
    )
  // So many residues would be compared pair by pair.
  if ([...left, ...right].reduce((sum, { step }) => sum + common / step, 0) > 400) return null
  const [a, b] = [residues(left), residues(right)]
  return (
    a.every((each) => b.some((other) => near(each, other))) && b.every((each) => a.some((other) => near(each, other)))
  )
}

/** Within the period, as a share of it. */
function position(value: number, period: number): number {
  const share = value / period - Math.floor(value / period)
  return share > 1 - 1e-9 ? 0 : share
}

function near(a: number, b: number): boolean {
  const distance = Math.abs(a - b)
  return distance < 1e-9 || distance > 1 - 1e-9
}

/** The least common multiple of two real periods whose ratio is a fraction of small numbers; null when it is none. */
function leastMultiple(a: number, b: number): number | null {
  for (let times = 1; times <= 60; times++) {
    const ratio = (a * times) / b
    if (Math.abs(ratio - Math.round(ratio)) < 1e-9 && Math.round(ratio) >= 1) return a * times
  }
  return null
}
