import type { AnswerOptions } from '../answer-options.ts'
import { contains } from '../evaluate/names.ts'
import type { Budget } from '../limits.ts'
import { isInfinity } from '../read/build-node.ts'
import type { Node } from '../read/node.ts'
import { render } from '../read/render.ts'

/** True and false are decided; null when it could not be. */
export type Outcome = boolean | null

/** What a comparison of parts needs of the whole. The gold comes first: rounding and units are read from it. */
export interface Comparison {
  readonly options: AnswerOptions
  readonly budget: Budget
  equal(gold: Node, answer: Node): Outcome
}

/** False when one of them is false, else null when one is open; looks no further than the first false one. */
export function all(outcomes: Iterable<Outcome>): Outcome {
  let result: Outcome = true
  for (const outcome of outcomes) {
    if (outcome === false) return false
    if (outcome === null) result = null
  }
  return result
}

/** True when one of them is true, else null when one is open; looks no further than the first true one. */
export function any(outcomes: Iterable<Outcome>): Outcome {
  let result: Outcome = false
  for (const outcome of outcomes) {
    if (outcome === true) return true
    if (outcome === null) result = null
  }
  return result
}

/** Item by item, in order. */
export function eachEqual(gold: readonly Node[], answer: readonly Node[], comparison: Comparison): Outcome {
  if (gold.length !== answer.length) return false
  return all(lazily(gold, (each, index) => comparison.equal(each, answer[index] ?? each)))
}

/** In any order, each item once. */
export function sameItems(gold: readonly Node[], answer: readonly Node[], comparison: Comparison): Outcome {
  if (gold.length !== answer.length) return false
  const [rest, left] = withoutTwins(gold, answer)
  let result: Outcome = true
  for (const each of rest) {
    // Most lists are in the same order, so the likeliest partner is the first one left.
    let partner = -1
    let open = false
    for (const [index, candidate] of left.entries()) {
      comparison.budget.spend(1)
      const outcome = comparison.equal(each, candidate)
      if (outcome === true) {
        partner = index
        break
      }
      if (outcome === null) open = true
    }
    if (partner !== -1) left.splice(partner, 1)
    else if (open) result = null
    else return false
  }
  return result
}

/** Both lists without the items that are written alike, pair by pair. */
function withoutTwins(gold: readonly Node[], answer: readonly Node[]): [Node[], Node[]] {
  const places = new Map<string, number[]>()
  for (const [index, node] of answer.entries()) {
    const key = render(node)
    places.set(key, [...(places.get(key) ?? []), index])
  }
  const taken = new Set<number>()
  const rest = gold.filter((node) => {
    // What is written alike may still have no value.
    const place = contains(node, isInfinity) ? undefined : places.get(render(node))?.shift()
    if (place !== undefined) taken.add(place)
    return place === undefined
  })
  return [rest, answer.filter((_, index) => !taken.has(index))]
}

function* lazily<Item>(items: readonly Item[], outcome: (item: Item, index: number) => Outcome): Generator<Outcome> {
  for (const [index, item] of items.entries()) yield outcome(item, index)
}
