import { plainReason } from '@ratchet/stages/plain-reason.ts'
import { z } from 'zod'
import type { ReadinessCheck } from '../api-world.ts'
import { HttpProblem } from '../http-problem.ts'
import { problems } from '../responses.ts'
import type { RouteContext, Server } from '../route-context.ts'

const tags = ['operation']
const checkTimeoutMs = 5000

export function addHealthRoutes(app: Server, { world }: RouteContext): void {
  app.get(
    '/health/live',
    {
      schema: {
        summary: 'Whether the process answers',
        operationId: 'isLive',
        tags,
        response: { 200: z.strictObject({ status: z.literal('live') }), ...problems },
      },
    },
    async () => ({ status: 'live' as const }),
  )

  app.get(
    '/health/ready',
    {
      schema: {
        summary: 'Whether everything the API needs is reachable',
        operationId: 'isReady',
        tags,
        response: { 200: z.strictObject({ status: z.literal('ready'), checks: z.array(z.string()) }), ...problems },
      },
    },
    async () => {
      const failures = (await Promise.all(world.readiness.map(failureOf))).flat()
      if (failures.length > 0)
        throw new HttpProblem(503, 'not-ready', `not ready: ${failures.map((failure) => failure.path).join(', ')}`, {
          errors: failures,
          headers: { 'retry-after': '2' },
        })
      return { status: 'ready' as const, checks: world.readiness.map((check) => check.name) }
    },
  )

  async function failureOf({ name, check }: ReadinessCheck) {
    const signal = AbortSignal.timeout(checkTimeoutMs)
    const late = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error(`did not answer within ${checkTimeoutMs / 1000} s`)), {
        once: true,
      })
    })
    try {
      await Promise.race([check(signal), late])
      return []
    } catch (error) {
      // The reason may hold an address with a password in it, so it goes to nobody but the log's reader.
      world.logger.warn({ check: name, reason: plainReason(error) }, 'a readiness check failed')
      return [{ path: name, message: 'is not usable', remedy: 'the log of the API has the reason' }]
    }
  }
}
