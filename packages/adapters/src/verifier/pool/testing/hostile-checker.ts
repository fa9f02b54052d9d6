import type { AnswerChecker } from '../../answer-check.ts'

/** A checker that solutions can make loop, eat memory, end its thread, throw or stand still; any other is right when it is a gold. */
export function createAnswerChecker(): AnswerChecker {
  return async ({ kind, gold }, solution) => {
    switch (solution) {
      case 'loop':
        for (;;);
      case 'allocate':
        for (const kept: number[][] = []; ; ) kept.push(Array.from({ length: 1000 }, Math.random))
      case 'exit':
        return process.exit(7)
      case 'throw':
        throw new Error('no such number')
      case 'stand still':
        return await new Promise(() => {})
      default:
        if (solution.startsWith('slow')) spin(Number(solution.slice(4)))
        return {
          decision: gold.includes(solution) ? 'correct' : 'incorrect',
          reason: `compared ${solution}`,
          extracted: solution,
          verifier: `${kind}@1`,
        }
    }
  }
}

function spin(ms: number): void {
  for (const endAt = performance.now() + ms; performance.now() < endAt; );
}
