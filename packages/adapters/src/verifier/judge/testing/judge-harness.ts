import type { Problem } from '@ratchet/domain/problem.ts'
import { JudgeChoice } from '@ratchet/domain/recipe/recipe.ts'
import {
  type DeterministicEndpointSettings,
  type EndpointQuestion,
  startDeterministicEndpoint,
} from '../../../testing/deterministic-endpoint.ts'
import { createJudgeVerifier, type JudgeSettings } from '../judge.ts'

const closing: (() => unknown)[] = []

/** Done after the test, the last first. */
export function closeLater(close: () => unknown): void {
  closing.push(close)
}

export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close()
}

/** An endpoint that serves the model `judge`; closed after the test. */
export async function judgeEndpoint(settings: Partial<DeterministicEndpointSettings> = {}) {
  const started = await startDeterministicEndpoint({ models: ['judge'], answer: honest, ...settings })
  closeLater(() => started.close())
  return started
}

/** A judge on endpoints, with further settings of each; closed after the test. */
export function openJudge(urls: readonly string[], settings: Partial<JudgeSettings> = {}, extra: object = {}) {
  const endpoints = urls.map((url) => ({ url, ...extra }))
  const choice = JudgeChoice.parse({ model: 'judge', endpoints })
  const judge = createJudgeVerifier({ env: {}, retries: 1, ...choice, ...settings })
  closeLater(() => judge.close())
  return judge
}

/** Agrees with an attempt that says "scattering", however it is asked. */
export function honest({ messages }: EndpointQuestion): string {
  const [system = '', user = ''] = messages.map(({ content }) => content)
  const agrees = attemptOf(user).includes('scattering')
  const isOpposite = system.includes('turned down because')
  return `I compared them.\n${agrees !== isOpposite ? 'Yes' : 'No'}`
}

export function attemptOf(user: string): string {
  const [, fence = '?'] = /^## Attempt\n(=+\w+=+)$/m.exec(user) ?? []
  return user.split('## Attempt')[1]?.split(fence)[1] ?? ''
}

export const problem: Problem = {
  id: 'sky',
  prompt: 'Why is the sky blue?',
  verification: { kind: 'judge', gold: ['Rayleigh scattering'] },
}
export const right = 'Because of scattering of light.'
export const wrong = 'Because of the sea.'
