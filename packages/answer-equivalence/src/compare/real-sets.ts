import { realValue } from '../evaluate/identity.ts'
import { namesOf } from '../evaluate/names.ts'
import { limits, Undecidable } from '../limits.ts'
import { infinity } from '../read/build-node.ts'
import { type Node, type RelationSign, whole } from '../read/node.ts'
import { all, type Comparison, type Outcome } from './comparison.ts'
import { mirror } from './relations.ts'

interface Endpoint {
  readonly node: Node
  readonly value: number
  readonly closed: boolean
}

/** All reals between two endpoints; a point when they are the same. */
interface Span {
  readonly low: Endpoint
  readonly high: Endpoint
}

/** A set of real numbers: spans that neither touch nor overlap, from left to right. */
export type RealSet = readonly Span[]

const minusInfinity: Node = { kind: 'negative', of: infinity }
const leftEnd: Endpoint = { node: minusInfinity, value: Number.NEGATIVE_INFINITY, closed: false }
const rightEnd: Endpoint = { node: infinity, value: Number.POSITIVE_INFINITY, closed: false }
const allReals: RealSet = [{ low: leftEnd, high: rightEnd }]

/**
 * The set of reals that a node describes: an interval, a union, a finite set, ℝ, or inequalities that are solved for one variable. Null
 * when it describes none, or one whose endpoints are no constants.
 */
export function realSetOf(node: Node, comparison: Comparison): RealSet | null {
  switch (node.kind) {
    case 'region':
      return node.name === 'R' ? allReals : node.name === 'empty' ? [] : null
    case 'sequence':
      return ofSequence(node, comparison)
    case 'set-operation': {
      const left = realSetOf(node.left, comparison)
      const right = realSetOf(node.right, comparison)
      if (left === null || right === null) return null
      if (node.sign === 'union') return merged([...left, ...right])
      return node.sign === 'intersection' ? intersection(left, right) : intersection(left, complement(right))
    }
    case 'relation':
      return ofRelation(node, comparison)
    case 'set-builder': {
      const whole = wholeNumbersOf(node, comparison)
      if (whole !== null) return whole
      if (node.element.kind === 'relation' && !isMembershipOfReals(node.element)) return null
      if (node.element.kind !== 'relation' && node.element.kind !== 'variable') return null
      if (
        node.conditions.some(
          (each) => each.kind === 'text' && !/^(?:is )?(?:an? )?reals?(?: numbers?)?$/.test(each.words),
        )
      )
        return null
      const parts = node.conditions
        .filter((each) => each.kind !== 'text' && !isMembershipOfReals(each))
        .map((each) => realSetOf(each, comparison))
      return parts.reduce((a, b) => (a === null || b === null ? null : intersection(a, b)), allReals)
    }
    case 'conditional':
    case 'labelled':
      return realSetOf(node.of, comparison)
    default:
      return null
  }
}

/** `\\{x \\in \\mathbb{Z} \\mid -2 \\le x \\le 2\\}` as its points; null when it is not bounded, or no set of whole numbers. */
function wholeNumbersOf(
  { element, conditions }: Node & { readonly kind: 'set-builder' },
  comparison: Comparison,
): RealSet | null {
  const relations = [element, ...conditions]
  const region = relations.find(
    (each) => each.kind === 'relation' && each.signs[0] === '∈' && each.sides[1]?.kind === 'region',
  )
  const name = region?.kind === 'relation' && region.sides[1]?.kind === 'region' ? region.sides[1].name : null
  if (name !== 'Z' && name !== 'N') return null
  const others = conditions.filter((each) => each !== region).map((each) => realSetOf(each, comparison))
  let set: RealSet = [{ low: name === 'N' ? { node: whole(0), value: 0, closed: true } : leftEnd, high: rightEnd }]
  for (const other of others) {
    if (other === null) return null
    set = intersection(set, other)
  }
  const points: number[] = []
  for (const { low, high } of set) {
    if (!Number.isFinite(low.value) || !Number.isFinite(high.value) || high.value - low.value > limits.items)
      return null
    for (let point = Math.ceil(low.value); point <= high.value; point++)
      if ((point !== low.value || low.closed) && (point !== high.value || high.closed)) points.push(point)
  }
  // Whether zero is a natural number is a convention.
  const counted = name === 'N' && points[0] === 0 ? points.slice(1) : points
  return counted.map((point) => {
    const end: Endpoint = {
      node: point < 0 ? { kind: 'negative', of: whole(-point) } : whole(point),
      value: point,
      closed: true,
    }
    return { low: end, high: end }
  })
}

/** The variables that relations are about. */
function variablesOf(nodes: readonly Node[]): ReadonlySet<string> {
  return new Set(nodes.flatMap((node) => (node.kind === 'relation' ? [...namesOf(node.sides).all] : [])))
}

function isMembershipOfReals(node: Node): boolean {
  return (
    node.kind === 'relation' && node.signs[0] === '∈' && node.sides[1]?.kind === 'region' && node.sides[1].name === 'R'
  )
}

function ofSequence(node: Node & { kind: 'sequence' }, comparison: Comparison): RealSet | null {
  const [low, high] = node.items
  if (node.open === '{' || (node.open === '' && node.items.every((each) => each.kind !== 'relation'))) {
    const points = node.items.map((each) => endpoint(each, true, comparison))
    return points.every((each) => each !== null) ? merged(points.map((each) => ({ low: each, high: each }))) : null
  }
  if (node.open === '') {
    const parts = node.items.map((each) => realSetOf(each, comparison))
    if (!parts.every((each) => each !== null) || variablesOf(node.items).size > 1) return null
    // x > 0 and x ≤ 1; x < 1 or x > 3. With commas, what is not empty is meant.
    const both = parts.reduce((a, b) => intersection(a, b))
    if (node.joint === 'and') return both
    return node.joint === 'or' || both.length === 0 || node.items.some((each) => each.kind !== 'relation')
      ? merged(parts.flat())
      : both
  }
  if (low === undefined || high === undefined || node.items.length !== 2 || node.open === '<') return null
  const from = endpoint(low, node.open === '[', comparison)
  const to = endpoint(high, node.close === ']', comparison)
  return from === null || to === null ? null : span(from, to)
}

/** Infinity is never reached, whatever bracket stands there. */
function endpoint(node: Node, closed: boolean, comparison: Comparison): Endpoint | null {
  if (namesOf([node]).all.size > 0) return null
  const value = realValue(node, comparison.budget)
  return value === null ? null : { node, value, closed: closed && Number.isFinite(value) }
}

function span(low: Endpoint, high: Endpoint): RealSet {
  if (low.value > high.value || (low.value === high.value && !(low.closed && high.closed))) return []
  return [{ low, high }]
}

/** `a < x \le b`, `x \ge a`, `x \ne a`, `x = a`, `x \in S`, all for one variable. */
function ofRelation(node: Node & { kind: 'relation' }, comparison: Comparison): RealSet | null {
  let result = allReals
  let variable: string | null = null
  for (const [index, sign] of node.signs.entries()) {
    const [left, right] = [node.sides[index], node.sides[index + 1]]
    if (left === undefined || right === undefined) return null
    const absolute = absoluteOf(left, sign, right, comparison)
    if (absolute !== null) {
      if (variable !== null && absolute.name !== variable) return null
      variable = absolute.name
      result = intersection(result, absolute.set)
      continue
    }
    const flipped = left.kind !== 'variable'
    const [name, other] = flipped ? [right, left] : [left, right]
    if (name.kind !== 'variable' || (variable !== null && name.name !== variable)) return null
    variable = name.name
    const part = ofSign(flipped ? (mirror(sign) ?? sign) : sign, other, comparison)
    if (part === null) return null
    result = intersection(result, part)
  }
  return variable === null ? null : result
}

/** `|x| \\le a`: the reals so far from zero. */
function absoluteOf(
  left: Node,
  sign: RelationSign,
  right: Node,
  comparison: Comparison,
): { readonly name: string; readonly set: RealSet } | null {
  const [inner] = left.kind === 'function' && left.name === 'abs' ? left.arguments : []
  if (inner?.kind !== 'variable') return null
  const high = endpoint(right, sign === '≤' || sign === '≥', comparison)
  const low = endpoint({ kind: 'negative', of: right }, sign === '≤' || sign === '≥', comparison)
  if (high === null || low === null || high.value < 0) return null
  const name = inner.name
  if (sign === '<' || sign === '≤') return { name, set: span(low, high) }
  return sign === '>' || sign === '≥' ? { name, set: merged([...span(leftEnd, low), ...span(high, rightEnd)]) } : null
}

function ofSign(sign: RelationSign, other: Node, comparison: Comparison): RealSet | null {
  if (sign === '∈') return realSetOf(other, comparison)
  if (sign === '∉') {
    const set = realSetOf(other, comparison)
    return set === null ? null : complement(set)
  }
  const at = endpoint(other, sign === '≤' || sign === '≥' || sign === '=', comparison)
  if (at === null) return null
  switch (sign) {
    case '<':
    case '≤':
      return span(leftEnd, at)
    case '>':
    case '≥':
      return span(at, rightEnd)
    case '=':
      return span(at, at)
    case '≠':
      return complement([{ low: { ...at, closed: true }, high: { ...at, closed: true } }])
    default:
      return null
  }
}

function merged(spans: readonly Span[]): RealSet {
  if (spans.length > limits.items) throw new Undecidable('a set has too many parts')
  const sorted = [...spans].sort((a, b) => a.low.value - b.low.value || Number(b.low.closed) - Number(a.low.closed))
  const result: Span[] = []
  for (const each of sorted) {
    const last = result.at(-1)
    const touches =
      last !== undefined &&
      (each.low.value < last.high.value ||
        (each.low.value === last.high.value && (each.low.closed || last.high.closed)))
    if (last === undefined || !touches) result.push(each)
    else if (each.high.value > last.high.value || (each.high.value === last.high.value && each.high.closed))
      result[result.length - 1] = { low: last.low, high: each.high }
  }
  return result
}

function intersection(a: RealSet, b: RealSet): RealSet {
  return merged(
    a.flatMap((left) => b.flatMap((right) => span(later(left.low, right.low), earlier(left.high, right.high)))),
  )
}

function later(a: Endpoint, b: Endpoint): Endpoint {
  return a.value > b.value || (a.value === b.value && !a.closed) ? a : b
}

function earlier(a: Endpoint, b: Endpoint): Endpoint {
  return a.value < b.value || (a.value === b.value && !a.closed) ? a : b
}

function complement(set: RealSet): RealSet {
  const result: Span[] = []
  let from: Endpoint = leftEnd
  for (const { low, high } of set) {
    if (low.value > Number.NEGATIVE_INFINITY) result.push(...span(from, { ...low, closed: !low.closed }))
    from = { ...high, closed: !high.closed }
  }
  if (from.value < Number.POSITIVE_INFINITY) result.push(...span(from, rightEnd))
  return result
}

/** Whether two sets have the same spans, in order, open and closed at the same ends. */
export function sameRealSet(gold: RealSet, answer: RealSet, comparison: Comparison): Outcome {
  if (gold.length !== answer.length) return false
  const ends = gold.flatMap((each, index): [Endpoint, Endpoint | undefined][] => [
    [each.low, answer[index]?.low],
    [each.high, answer[index]?.high],
  ])
  return all(
    ends.map(([left, right]): Outcome => {
      if (right === undefined || left.closed !== right.closed) return false
      return left.value === right.value && !Number.isFinite(left.value) ? true : comparison.equal(left.node, right.node)
    }),
  )
}
