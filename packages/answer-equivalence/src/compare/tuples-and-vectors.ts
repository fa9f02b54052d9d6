import { identicalMatrices } from '../evaluate/matrices.ts'
import { contains, namesOf } from '../evaluate/names.ts'
import { substitute } from '../evaluate/substitute.ts'
import { type Node, whole } from '../read/node.ts'
import { type Comparison, eachEqual, type Outcome } from './comparison.ts'
import { sameReals } from './sets.ts'

/** `A(-3, 4)` is the point (-3, 4). */
export function pointOf(node: Node): Node {
  // -(2, 3) is (-2, -3).
  if (node.kind === 'negative' && node.of.kind === 'sequence' && node.of.open === '(')
    return { ...node.of, items: node.of.items.map((of): Node => ({ kind: 'negative', of })) }
  if (node.kind !== 'product' || node.factors.length !== 2) return node
  const [name, tuple] = node.factors
  return name?.kind === 'variable' && /^[A-Z]/.test(name.name) && tuple?.kind === 'sequence' && tuple.open === '('
    ? tuple
    : node
}

/** The capitals of a product of three or more, as the points of ABCD; null for anything else. Their order counts. */
export function capitalsOf(node: Node): string | null {
  if (node.kind !== 'product' || node.factors.length < 3) return null
  let letters = ''
  for (const factor of node.factors) {
    if (factor.kind !== 'variable' || !/^[A-Z]$/.test(factor.name)) return null
    letters += factor.name
  }
  return letters
}

/** Brackets around several items: a point, a vector or an interval. */
export function sameTuple(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (gold.kind === 'sequence' && answer.kind === 'sequence') {
    if (gold.items.length !== answer.items.length) return false
    const brackets = gold.open === answer.open && gold.close === answer.close
    // Of two items round and square brackets are open and closed intervals; of others they only hold a list.
    const alike =
      brackets ||
      (comparison.options.strict !== true && (gold.items.length !== 2 || gold.open === '<' || answer.open === '<'))
    if (alike) return eachEqual(gold.items, answer.items, comparison)
    return sameReals(gold, answer, comparison) ?? false
  }
  const reals = sameReals(gold, answer, comparison)
  return reals === null ? sameVector(gold, answer, comparison) : reals
}

/** A matrix stands somewhere in it, other than one between bars. */
export function hasMatrix(node: Node): boolean {
  return contains(node, (each) => each.kind === 'matrix' && !each.bars)
}

/** At least one has a matrix in it. */
export function sameMatrix(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (gold.kind === 'matrix' && answer.kind === 'matrix' && !gold.bars && !answer.bars) {
    if (gold.rows.length !== answer.rows.length || gold.rows[0]?.length !== answer.rows[0]?.length) return false
    return eachEqual(gold.rows.flat(), answer.rows.flat(), comparison)
  }
  if (gold.kind === 'sequence' || answer.kind === 'sequence') {
    const [left, right] = [matrixOf(gold), matrixOf(answer)]
    return left !== null && right !== null && comparison.options.strict !== true
      ? comparison.equal(left, right)
      : sameVector(gold, answer, comparison)
  }
  const vector = sameVector(gold, answer, comparison)
  return vector === true ? true : identicalMatrices(gold, answer, comparison.budget)
}

/** A matrix; brackets around brackets spell one too. */
function matrixOf(node: Node): Node | null {
  if (node.kind === 'matrix') return node
  if (node.kind !== 'sequence') return null
  const rows = node.items.map((item) => (item.kind === 'sequence' && item.open === '[' ? item.items : null))
  return rows.every((row) => row !== null) ? { kind: 'matrix', rows, bars: false } : null
}

/** A vector may be written as a tuple or as a matrix of one row or column. */
export function sameVector(gold: Node, answer: Node, comparison: Comparison): Outcome {
  if (comparison.options.strict === true) return false
  const [ours, theirs] = [coordinates(gold), coordinates(answer)]
  const left = ours ?? combination(gold, theirs?.length ?? 0)
  const right = theirs ?? combination(answer, ours?.length ?? 0)
  return left === null || right === null ? false : eachEqual(left, right, comparison)
}

/** The coordinates of a combination of unit vectors, `2i + 3j`, as many as the other side has; null when it is none. */
function combination(node: Node, dimensions: number): readonly Node[] | null {
  const names = [...namesOf([node]).all].filter((name) => name.startsWith('unit '))
  const units = ['unit i', 'unit j', 'unit k'].slice(0, dimensions)
  if (names.length === 0 || !names.every((name) => units.includes(name))) return null
  return units.map((unit) =>
    substitute(node, (name) => (name.startsWith('unit ') ? whole(name === unit ? 1 : 0) : null)),
  )
}

function coordinates(node: Node): readonly Node[] | null {
  // The transpose of a row is a column.
  if (node.kind === 'power' && node.exponent.kind === 'variable' && node.exponent.name === 'T')
    return coordinates(node.base)
  if (node.kind === 'sequence') return node.open === '(' || node.open === '[' || node.open === '<' ? node.items : null
  if (node.kind !== 'matrix' || node.bars) return null
  return node.rows.length === 1 || node.rows.every((row) => row.length === 1) ? node.rows.flat() : null
}
