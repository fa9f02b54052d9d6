import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainingStepView } from '@ratchet/api/schemas/training.ts'
import { z } from 'zod'
import type { ApiClient } from '../api-client.ts'

const Event = z.looseObject({
  kind: z.string(),
  phase: z.number().optional(),
  step: z.number().nullish(),
  loss: z.number().nullish(),
})
const Leader = z.looseObject({ process: z.looseObject({ pid: z.number() }) })

/** Every step of a round as the API pages it: `step loss`. */
export async function storedSteps(client: ApiClient, roundId: string): Promise<string[]> {
  const steps: TrainingStepView[] = []
  for (let after: string | null = null; ; ) {
    const { items, next } = await client.trainingSteps(roundId, { limit: 40, ...(after === null ? {} : { after }) })
    if (items.length === 0) return steps.map(({ step, loss }) => `${step} ${loss}`)
    steps.push(...items)
    after = next
  }
}

/** The same from what the trainer wrote, of steps that were taken twice the later attempt's. */
export function writtenSteps(dataDirectory: string, roundId: string): string[] {
  const steps = new Map<string, { readonly phase: number; readonly step: number; readonly loss: number | null }>()
  for (const attempt of attemptsOf(dataDirectory, roundId)) {
    const path = join(attempt, 'events.jsonl')
    for (const line of existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []) {
      const event = parse(line)
      if (event?.kind !== 'step') continue
      const { phase = 0, step, loss } = event
      steps.set(`${phase}/${step}`, { phase, step: step ?? 0, loss: loss ?? null })
    }
  }
  return [...steps.values()]
    .sort((one, other) => one.phase - other.phase || one.step - other.step)
    .map(({ step, loss }) => `${step} ${loss}`)
}

/** Kills the round's trainer with SIGKILL; false when it has none that runs. */
export function killTrainer(dataDirectory: string, roundId: string): boolean {
  const newest = attemptsOf(dataDirectory, roundId).at(-1)
  if (newest === undefined || existsSync(join(newest, 'result.json'))) return false
  try {
    const { process: leader } = Leader.parse(JSON.parse(readFileSync(join(newest, 'process.json'), 'utf8')))
    return process.kill(-leader.pid, 'SIGKILL')
  } catch {
    return false
  }
}

function attemptsOf(dataDirectory: string, roundId: string): string[] {
  const directory = join(dataDirectory, 'runs', roundId)
  const numbers = (existsSync(directory) ? readdirSync(directory) : []).flatMap(
    (name) => /^attempt-(\d+)$/.exec(name)?.[1] ?? [],
  )
  return numbers
    .map(Number)
    .sort((one, other) => one - other)
    .map((number) => join(directory, `attempt-${number}`))
}

function parse(line: string): z.infer<typeof Event> | null {
  try {
    return Event.parse(JSON.parse(line))
  } catch {
    return null
  }
}
