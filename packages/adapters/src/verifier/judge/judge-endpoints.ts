import type { ChatMessage } from '@ratchet/domain/dataset-version.ts'
import type { JudgeReply } from './judge-cache.ts'
import { JudgeEndpoint, type JudgeEndpointSettings } from './judge-endpoint.ts'
import { JudgeFailure } from './judge-failure.ts'

export type JudgeEndpointsSettings = Omit<JudgeEndpointSettings, 'endpoint'> & {
  readonly endpoints: readonly JudgeEndpointSettings['endpoint'][]
  /** How long an endpoint that failed is left alone. */
  readonly restMs: number
  readonly nowMs: () => number
}

type Member = { readonly endpoint: JudgeEndpoint; restsUntilMs: number; lastFailure: JudgeFailure | null }

/**
 * Several endpoints of one judge. A question goes to the least loaded one, and to another when that fails as a whole; one that is
 * away rests, and while all rest questions fail at once: a verdict does not wait for an outage to end.
 */
export class JudgeEndpoints {
  readonly #members: readonly Member[]
  readonly #settings: JudgeEndpointsSettings

  constructor(settings: JudgeEndpointsSettings) {
    this.#settings = settings
    this.#members = settings.endpoints.map((endpoint) => ({
      endpoint: new JudgeEndpoint({ ...settings, endpoint }),
      restsUntilMs: 0,
      lastFailure: null,
    }))
  }

  /** Throws JudgeFailure, or the signal's reason when it was aborted. */
  async ask(messages: readonly ChatMessage[], signal: AbortSignal): Promise<JudgeReply> {
    const { nowMs, restMs } = this.#settings
    const tried = new Set<Member>()
    let last: JudgeFailure | null = null
    for (;;) {
      const member = this.#pick(tried)
      if (member === null) throw last ?? this.#failure()
      tried.add(member)
      try {
        return await member.endpoint.ask(messages, signal)
      } catch (error) {
        if (!(error instanceof JudgeFailure) || error.kind === 'refused') throw error
        last = error
        member.lastFailure = error
        if (error.kind === 'away') member.restsUntilMs = nowMs() + restMs
      }
    }
  }

  #pick(tried: ReadonlySet<Member>): Member | null {
    const now = this.#settings.nowMs()
    const awake = this.#members.filter((member) => !tried.has(member) && now >= member.restsUntilMs)
    return awake.reduce<Member | null>(
      (least, member) => (least === null || member.endpoint.slots.load < least.endpoint.slots.load ? member : least),
      null,
    )
  }

  #failure(): JudgeFailure {
    const last = this.#members.find(({ lastFailure }) => lastFailure !== null)?.lastFailure
    return last ?? new JudgeFailure('away', 'no judge can be asked')
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ endpoint }) => endpoint.close()))
  }
}
