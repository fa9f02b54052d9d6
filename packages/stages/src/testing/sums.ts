import { murmur3 } from '@ratchet/domain/exploration/rollout-seed.ts'
import type { Problem } from '@ratchet/domain/problem.ts'
import type { Decision, Verdict } from '@ratchet/domain/verdict.ts'
import type { MemoryModel } from '@ratchet/ports/testing/memory-inference.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'

/** Problems `<name>-0`, `<name>-1` and so on. */
export function sums(name: string, count: number): Problem[] {
  return Array.from({ length: count }, (_, index) => {
    const [a, b] = [index + 2, murmur3(`${name} ${index}`, 0) % 90]
    const gold = [String(a + b)]
    return { id: `${name}-${index}`, prompt: `${a} + ${b}`, verification: { kind: 'exact', gold } }
  })
}

/** Adds up correctly with this probability, as the seed will have it. The more skilled is right wherever the less skilled is. */
export function adder(skill: number): MemoryModel {
  return (prompt, seed) => {
    const sum = prompt.split(' + ').reduce((total, each) => total + Number(each), 0)
    const luck = murmur3(`${prompt} ${seed}`, 7)
    return solution(luck / 2 ** 32 < skill ? sum : sum + 1 + (luck % 3), `${prompt}, try ${luck % 1000}`)
  }
}

/** A completion in the format `think`. */
export function solution(answer: number, thought = 'I add them up.'): string {
  return `<think>\n${thought}\n</think>\n\n\\boxed{${answer}}`
}

/** Reads the boxed number, which is all that the models here write. Verifiers have no contract: each kind of answer has its own. */
export const sumVerifier: Verifier = {
  async verify({ verification: { gold } }, text) {
    const extracted = /\\boxed\{(\d+)\}/.exec(text)?.[1] ?? null
    const decision = extracted === null ? 'undecided' : gold.includes(extracted) ? 'correct' : 'incorrect'
    return verdict(decision, extracted)
  },
}

function verdict(decision: Decision, extracted: string | null): Verdict {
  return { decision, reason: `the answer is ${decision}`, extracted, verifier: 'sums@1' }
}
