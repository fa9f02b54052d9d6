import { identical, realValue } from '../evaluate/identity.ts'
import { contains, namesOf } from '../evaluate/names.ts'
import { substitute } from '../evaluate/substitute.ts'
import { type Node, type RelationSign, whole } from '../read/node.ts'
import { render } from '../read/render.ts'
import { all, any, type Comparison, type Outcome } from './comparison.ts'
import { sameNumber } from './numbers.ts'

/** A chain of sides with signs between them. */
export type Relation = Node & { readonly kind: 'relation' }

/** `x = 5`: what is asked for, and its value. */
interface Assignment {
  readonly of: Node
  readonly value: Node
}

/**
 * A chain of equations as an assignment: its first side names something, all others are equal to each other; the last one is the value. Of
 * a chain without a name every link must hold too. Null when it is no assignment or a link fails.
 */
export function assignmentOf(relation: Relation, comparison: Comparison): Assignment | null {
  const [first] = relation.sides
  const last = lastExact(relation)
  if (first === undefined || last === null) return null
  if (relation.signs.some((sign) => sign !== '=' && sign !== '≈' && sign !== '→')) return null
  if (relation.sides.length === 1) return { of: { kind: 'variable', name: '' }, value: first }
  const [, opposite] = relation.sides
  // "5 = x" is said from right to left.
  if (relation.sides.length === 2 && opposite?.kind === 'variable' && !isName(first))
    return { of: opposite, value: first }
  const names = isName(first) ? 1 : 0
  const values = relation.sides.slice(names)
  for (const [index, value] of values.entries()) {
    const next = values[index + 1]
    if (next === undefined) break
    const sign = relation.signs[index + names]
    const holds =
      sign === '≈'
        ? nearly(value, next, comparison)
        : comparison.equal(value, next) === true && identicalEnough(value, next, comparison)
    if (!holds) return null
  }
  if (names === 1 && !['application', 'quotient', 'product', 'function'].includes(first.kind)) {
    const known = namesOf([last]).all
    if ([...namesOf([first]).all].some((name) => known.has(name))) return null
  }
  return { of: names === 1 ? first : { kind: 'variable', name: '' }, value: last }
}

/** Units and rounding aside, the sides of an equation must be the same number. */
function identicalEnough(a: Node, b: Node, comparison: Comparison): boolean {
  const [left, right] = [realValue(a, comparison.budget), realValue(b, comparison.budget)]
  if (left === null || right === null) return true
  return Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right))
}

/** The last side before an approximation; an approximation alone is the value. */
function lastExact(relation: Relation): Node | null {
  const approximate = relation.signs.indexOf('≈')
  if (relation.sides.length === 1) return relation.sides[0] ?? null
  if (approximate === -1) return relation.sides.at(-1) ?? null
  const before = relation.sides[approximate]
  return approximate === 0 && before !== undefined && isName(before)
    ? (relation.sides.at(-1) ?? null)
    : (before ?? null)
}

/** Whether an approximation holds: to the digits that it prints, or to one part in a hundred. */
function nearly(exact: Node, rough: Node, comparison: Comparison): boolean {
  if (sameNumber(rough, exact, comparison) === true) return true
  const [left, right] = [realValue(exact, comparison.budget), realValue(rough, comparison.budget)]
  return left !== null && right !== null && Math.abs(left - right) <= 0.005 * Math.abs(left) + 1e-12
}

const mirrors: Partial<Record<RelationSign, RelationSign>> = {
  '<': '>',
  '>': '<',
  '≤': '≥',
  '≥': '≤',
  '=': '=',
  '≠': '≠',
  '≈': '≈',
  '≡': '≡',
  '∼': '∼',
  '∥': '∥',
  '⊥': '⊥',
  '⊂': '⊃',
  '⊃': '⊂',
}

/** Whether a side only names what the others are: a variable, a function of something, a segment AB, a sum of names. */
function isName(node: Node): boolean {
  switch (node.kind) {
    case 'variable':
    case 'application':
    case 'text':
      return true
    case 'function':
    case 'product':
    case 'sum':
    case 'quotient':
    case 'power':
      return contains(node, (each) => each.kind === 'variable')
    case 'sequence':
      return node.items.every(isName)
    default:
      return false
  }
}

/** One side is a relation, or both are. */
export function sameRelation(gold: Node, answer: Node, comparison: Comparison): Outcome {
  const strict = comparison.options.strict === true
  if (gold.kind === 'relation' && answer.kind === 'relation') return sameRelations(gold, answer, comparison)
  const [relation, other] = gold.kind === 'relation' ? [gold, answer] : [answer, gold]
  if (relation.kind !== 'relation') return null
  const [first, second] = relation.sides
  if (
    relation.signs.length === 1 &&
    (relation.signs[0] === '∈' || relation.signs[0] === '≡') &&
    first?.kind === 'variable' &&
    second !== undefined &&
    !strict
  )
    return relation === gold ? comparison.equal(second, other) : comparison.equal(other, second)
  const assignment = assignmentOf(relation, comparison)
  if (assignment === null) return false
  if (assignment.of.kind === 'sequence' && assignment.value.kind !== 'sequence') return false
  // Only a name is dropped: x + 1 = 5 is not 5, unless a chain says what it comes to.
  if (!isPlainName(assignment.of)) {
    if ((relation === gold && relation.sides.length === 2) || assignment.of.kind === 'application') return false
    const { of } = assignment
    // What is asked for may be sin x; √x = 5 is still to be solved.
    const open = of.kind === 'function' && !isAsked(of.name, of.arguments)
    if (open || contains(of, (each) => each.kind === 'number'))
      return comparison.equal(other, assignment.value) === false ? false : null
  }
  return relation === gold ? comparison.equal(assignment.value, other) : comparison.equal(other, assignment.value)
}

/** What a function may be of where it only names its value: P(X = 3), f(2), E(7, 3); not x + 1, of which the value would say little. */
function isArgument(node: Node): boolean {
  return (
    !['sum', 'product', 'quotient', 'power', 'negative', 'function'].includes(node.kind) ||
    namesOf([node]).all.size === 0
  )
}

/** Functions whose value may be what is asked for: of an angle, the length of a segment or a vector. */
function isAsked(name: string, parts: readonly Node[]): boolean {
  if (/^(?:sin|cos|tan|cot|sec|csc)$/.test(name)) return true
  const [of] = parts
  return name === 'abs' && of !== undefined && /^(?:[A-Z]|vec |[zw]$)/.test([...namesOf([of]).all].join(''))
}

function isPlainName(node: Node): boolean {
  if (node.kind === 'application') return node.arguments.every(isArgument)
  if (node.kind === 'variable' || node.kind === 'text') return true
  if (node.kind === 'product') return node.factors.every((each) => each.kind === 'variable')
  if (node.kind === 'function') return isAsked(node.name, node.arguments)
  return node.kind === 'sequence' && node.items.every(isPlainName)
}

function sameRelations(gold: Relation, answer: Relation, comparison: Comparison): Outcome {
  if (
    gold.signs.every((sign) => sign === '=' || sign === '≈') &&
    answer.signs.every((sign) => sign === '=' || sign === '≈')
  ) {
    const [left, right] = [assignmentOf(gold, comparison), assignmentOf(answer, comparison)]
    if (left !== null && right !== null && (isPlainName(left.of) || isPlainName(right.of))) {
      const assigned = sameAssignment(left, right, comparison)
      if (assigned !== false) return assigned
      if (isSolved(left)) return false
    } else if (left !== null && isSolved(left)) return false
    return gold.sides.length === 2 && answer.sides.length === 2 ? sameEquation(gold, answer, comparison) : false
  }
  if (gold.sides.length !== answer.sides.length) return false
  const straight = sideBySide(gold, answer, comparison)
  if (straight === true) return true
  const signs = [...answer.signs].reverse().flatMap((sign) => mirror(sign) ?? [])
  const mirrored: Relation | null =
    signs.length === answer.signs.length ? { kind: 'relation', sides: [...answer.sides].reverse(), signs } : null
  const turned = mirrored === null ? false : sideBySide(gold, mirrored, comparison)
  if (turned === true) return true
  return any([straight, turned, gold.sides.length === 2 ? sameInequality(gold, answer, comparison) : false])
}

function sideBySide(gold: Relation, answer: Relation, comparison: Comparison): Outcome {
  if (gold.signs.some((sign, index) => sign !== answer.signs[index])) return false
  return all(gold.sides.map((side, index) => comparison.equal(side, answer.sides[index] ?? side)))
}

/** The sign read from right to left; null for one that has no mirror, as ∈. */
export function mirror(sign: RelationSign): RelationSign | null {
  return mirrors[sign] ?? null
}

/** A variable and its constant value. */
function isSolved({ of, value }: Assignment): boolean {
  return of.kind === 'variable' && namesOf([value]).all.size === 0
}

function sameAssignment(gold: Assignment, answer: Assignment, comparison: Comparison): Outcome {
  const { strict } = comparison.options
  if (gold.of.kind === 'application' && answer.of.kind === 'application')
    return sameDefinition(gold, gold.of, answer, answer.of, comparison)
  // f(x + 1) = … defines no f.
  if (
    [gold.of, answer.of].some(
      (of) => of.kind === 'application' && !of.arguments.every((each) => each.kind === 'variable'),
    )
  )
    return false
  if (sameName(gold.of, answer.of)) return comparison.equal(gold.value, answer.value)
  if (strict === true) return false
  const index = sameIndexed(gold, answer, comparison)
  if (index !== null) return index
  const kinds = [gold.of.kind, answer.of.kind]
  const anonymous = [gold.of, answer.of].some((of) => of.kind === 'variable' && of.name === '') && isPlainName(gold.of)
  // A point may be called by a letter or by its coordinates.
  if (kinds.includes('sequence') && kinds.includes('variable') && gold.value.kind === 'sequence')
    return comparison.equal(gold.value, answer.value)
  // y and f(x) name the same thing, and so do y and y(x).
  const graph = kinds.includes('application') && kinds.includes('variable') && isGraph(gold.of, answer.of)
  return anonymous || graph || kinds.includes('text') ? comparison.equal(gold.value, answer.value) : false
}

function isGraph(a: Node, b: Node): boolean {
  const [applied, variable] = a.kind === 'application' ? [a, b] : [b, a]
  return (
    applied.kind === 'application' &&
    variable.kind === 'variable' &&
    (variable.name === 'y' || variable.name === applied.name)
  )
}

type Application = Node & { readonly kind: 'application' }

/** Definitions of one function: its letters may be others, its arguments may not. */
function sameDefinition(
  gold: Assignment,
  of: Application,
  answer: Assignment,
  given: Application,
  comparison: Comparison,
): Outcome {
  if (of.name !== given.name || of.arguments.length !== given.arguments.length) return false
  const plain = [of, given].every((each) => each.arguments.every((argument) => argument.kind === 'variable'))
  if (comparison.options.strict === true || !plain)
    return all([
      ...of.arguments.map((each, index) => comparison.equal(each, given.arguments[index] ?? each)),
      comparison.equal(gold.value, answer.value),
    ])
  // f(y) = 2x + 3 is constant in y.
  const letters = new Set(given.arguments.flatMap((each) => (each.kind === 'variable' ? [each.name] : [])))
  const theirs = namesOf([answer.value]).all
  const mine = new Set(of.arguments.flatMap((each) => (each.kind === 'variable' ? [each.name] : [])))
  if ([...mine].some((name) => !letters.has(name) && theirs.has(name))) return false
  return comparison.equal(gold.value, renamed(answer.value, given.arguments, of.arguments))
}

/** `a_n = 3n - 1` and `a_k = 3k - 1`; null when the two are not indexed so. */
function sameIndexed(gold: Assignment, answer: Assignment, comparison: Comparison): Outcome {
  const [mine, theirs] = [gold.of, answer.of].map((of) =>
    of.kind === 'variable' ? /^([A-Za-z])_([a-z])$/.exec(of.name) : null,
  )
  if (mine == null || theirs == null || mine[1] !== theirs[1]) return null
  const [index = '', other = ''] = [mine[2], theirs[2]]
  if (namesOf([answer.value]).all.has(index)) return null
  return comparison.equal(
    gold.value,
    substitute(answer.value, (name) => (name === other ? { kind: 'variable', name: index } : null)),
  )
}

function sameName(a: Node, b: Node): boolean {
  return render(a).replaceAll(/[ ()]/g, '') === render(b).replaceAll(/[ ()]/g, '')
}

/** A function's body with its own letters replaced by those of another definition. */
function renamed(body: Node, from: readonly Node[], to: readonly Node[]): Node {
  const names = new Map<string, Node>()
  for (const [index, each] of from.entries()) {
    const target = to[index]
    if (each.kind === 'variable' && target !== undefined) names.set(each.name, target)
  }
  return substitute(body, (name) => names.get(name) ?? null)
}

function difference({ sides: [left, right] }: Relation): Node | null {
  return left === undefined || right === undefined
    ? null
    : { kind: 'sum', terms: [left, { kind: 'negative', of: right }] }
}

/** Two equations are the same when one is the other times a constant. */
function sameEquation(gold: Relation, answer: Relation, comparison: Comparison): Outcome {
  const ratio = constantRatio(difference(gold), difference(answer), comparison)
  return ratio === null ? null : ratio !== 0
}

function sameInequality(gold: Relation, answer: Relation, comparison: Comparison): Outcome {
  const [sign] = gold.signs
  const [other] = answer.signs
  if (sign === undefined || other === undefined || !/[<>≤≥]/.test(sign + other)) return false
  const [left, right] = [difference(gold), difference(answer)]
  const flips = mirror(sign) === other
  if (sign !== other && !flips) return false
  const ratio = constantRatio(left, right, comparison)
  if (ratio === null) return null
  return flips ? ratio < 0 : ratio > 0
}

/** a/b when it is the same constant, not zero, everywhere; 0 when it is not; null when that cannot be told. */
function constantRatio(a: Node | null, b: Node | null, comparison: Comparison): number | null {
  if (a === null || b === null) return null
  const names = [...namesOf([a, b]).all]
  if (names.length === 0) return 0
  const { budget } = comparison
  for (const values of [
    [0.7321, 1.1937, 0.4123, 2.3171, 1.618],
    [-1.3717, 0.5519, 2.7193, -0.8831, 0.2917],
  ]) {
    const fixed = (node: Node): Node =>
      substitute(node, (name) => {
        const at = names.indexOf(name)
        return at === -1 ? null : decimal(values[at % values.length] ?? 1, at)
      })
    const [left, right] = [fixed(a), fixed(b)]
    const [x, y] = [realValue(left, budget), realValue(right, budget)]
    if (x === null || y === null || Math.abs(x) < 1e-9 || Math.abs(y) < 1e-9) continue
    // a · b(point) = b · a(point) as functions.
    const same = identical({ kind: 'product', factors: [a, right] }, { kind: 'product', factors: [b, left] }, budget)
    return same === null ? null : same ? x / y : 0
  }
  // An equation that always holds is no other one.
  if (identical(b, whole(0), budget) === true) return 0
  return null
}

function decimal(value: number, shift: number): Node {
  return {
    kind: 'number',
    numerator: BigInt(Math.round((value + shift * 0.137) * 10000)),
    denominator: 10000n,
    decimals: null,
  }
}
