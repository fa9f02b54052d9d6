import type { Problem } from '@ratchet/domain/problem.ts'
import { createRandom, type Random } from './random.ts'

/**
 * The quickstart's world: chains of single-digit operations modulo ten, as in `7+5*3-2`, worked from left to right. The answer
 * is every running value, so it cannot be guessed; the thought is the written-out steps.
 */
export type Chain = { readonly start: number; readonly steps: readonly Step[] }
export type Step = { readonly operator: '+' | '-' | '*'; readonly operand: number }

export type ChainProblem = { readonly problem: Problem; readonly solution: string }

export type QuickstartProblems = {
  readonly demonstrations: readonly ChainProblem[]
  readonly pool: readonly ChainProblem[]
  readonly heldOut: readonly ChainProblem[]
}

/** How many problems of each number of steps, from one step up. */
export type Counts = readonly number[]

export type QuickstartSizes = { readonly demonstrations: Counts; readonly pool: Counts; readonly heldOut: Counts }

const operators = ['+', '-', '*'] as const

/** Three lists of problems with no chain in common, a pure function of the seed. Throws when there are not so many chains. */
export function makeProblems(seed: number, sizes: QuickstartSizes): QuickstartProblems {
  checkSizes(sizes)
  const random = createRandom(seed)
  const taken = new Set<string>()
  const draw = (prefix: string, counts: Counts): ChainProblem[] => {
    const chains = counts.flatMap((count, index) =>
      Array.from({ length: count }, () => freshChain(random, index + 1, taken)),
    )
    return shuffled(chains, random).map((chain, index) =>
      chainProblem(chain, `${prefix}-${String(index).padStart(4, '0')}`),
    )
  }
  return {
    heldOut: draw('heldout', sizes.heldOut),
    demonstrations: draw('demo', sizes.demonstrations),
    pool: draw('pool', sizes.pool),
  }
}

function checkSizes({ demonstrations, pool, heldOut }: QuickstartSizes): void {
  for (const [index] of [demonstrations, pool, heldOut].reduce((a, b) => (a.length > b.length ? a : b)).entries()) {
    const wanted = (demonstrations[index] ?? 0) + (pool[index] ?? 0) + (heldOut[index] ?? 0)
    const chains = 10 * (operators.length * 10) ** (index + 1)
    if (wanted > chains) throw new Error(`there are only ${chains} chains of ${index + 1} steps, not ${wanted}`)
  }
}

function freshChain(random: Random, length: number, taken: Set<string>): Chain {
  for (;;) {
    const steps = Array.from({ length }, () => ({ operator: operators[random(3)] ?? '+', operand: random(10) }))
    const chain = { start: random(10), steps }
    const text = chainText(chain)
    if (taken.has(text)) continue
    taken.add(text)
    return chain
  }
}

function chainText(chain: Chain): string {
  return `${chain.start}${chain.steps.map((step) => step.operator + step.operand).join('')}`
}

function chainProblem(chain: Chain, id: string): ChainProblem {
  const values: number[] = []
  const lines: string[] = []
  let value = chain.start
  for (const { operator, operand } of chain.steps) {
    const next = apply(value, operator, operand)
    lines.push(`${value}${operator}${operand}=${next}`)
    values.push(next)
    value = next
  }
  const gold = values.join(' ')
  return {
    problem: {
      id,
      prompt: chainText(chain),
      verification: { kind: 'exact', gold: [gold] },
      difficulty: chain.steps.length,
      domain: `${chain.steps.length}-step`,
    },
    solution: `<think>${lines.join(' ')}</think>Answer: ${gold}`,
  }
}

function apply(value: number, operator: Step['operator'], operand: number): number {
  switch (operator) {
    case '+':
      return (value + operand) % 10
    case '-':
      return (value - operand + 10) % 10
    case '*':
      return (value * operand) % 10
  }
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const keyed = items.map((item) => ({ item, key: random(2 ** 31) }))
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}
