import { findRealPython } from '@ratchet/adapters/testing/real-python.ts'
import type { IterationView } from '@ratchet/api/schemas/iteration.ts'
import type { ApiClient } from '../api-client.ts'
import { type LocalRatchet, localRatchet } from './local-ratchet.ts'
import { outcomeOf, smallRecipe, untilOver } from './small-loop.ts'

export const python = findRealPython() ?? 'python3'

export type ReferenceServer = { readonly ratchet: LocalRatchet; readonly client: ApiClient }

export type ReferenceRun = ReferenceServer & {
  readonly recipe: Awaited<ReturnType<typeof smallRecipe>>
  readonly iteration: IterationView
  readonly outcome: unknown
}

export const referenceKey = 'undisturbed'

/** The server that all end-to-end tests share. Whoever asks first starts it; it is stopped after the last test. */
export async function referenceServer(): Promise<ReferenceServer> {
  const directory = process.env['RATCHET_REFERENCE_DIRECTORY']
  if (directory === undefined)
    throw new Error('RATCHET_REFERENCE_DIRECTORY is not set: run the tests with jest.config.js')
  const ratchet = localRatchet(directory)
  return { ratchet, client: await ratchet.start() }
}

/** The small loop, run once and undisturbed on that server. No test may change what it made. */
export async function referenceRun(): Promise<ReferenceRun> {
  const { ratchet, client } = await referenceServer()
  const recipe = await smallRecipe(client, python, ratchet.dataDirectory)
  const started = await client.startIteration(recipe, { idempotencyKey: referenceKey })
  const iteration = await untilOver(client, started.id)
  return { ratchet, client, recipe, iteration, outcome: await outcomeOf(client, iteration) }
}
