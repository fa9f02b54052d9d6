import type { Clock } from '@ratchet/ports/clock.ts'
import type { InferenceError } from '@ratchet/ports/inference.ts'
import type { Endpoint } from './endpoint.ts'
import { EndpointFailure } from './endpoint-failure.ts'

export type EndpointPoolSettings = {
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Tries of one call, the first included. */
  readonly attempts: number
  /** Before the second try; doubled for each further one, then jittered. */
  readonly backoffMs: number
  /** An endpoint that asks for a longer pause than this is not waited for. */
  readonly longestPauseMs: number
}

/** An endpoint that failed so often in a row is left alone for a while, then probed by one request. */
const failuresToDown = 3
const shortestDownMs = 1_000
const longestDownMs = 30_000

type Member = {
  readonly endpoint: Endpoint
  failures: number
  /** Nothing is sent before this time. */
  notBeforeMs: number
  lastFailure: InferenceError | null
}

type Waiter = {
  readonly avoid: Endpoint | null
  readonly take: (member: Member) => void
  readonly fail: (error: unknown) => void
}

/**
 * Several endpoints of the same model. A call waits in order of arrival for a free slot, goes to the least loaded endpoint,
 * and is tried again elsewhere when the failure is the endpoint's. A pause that an endpoint asks for is honoured. When all
 * endpoints are down the call fails at once: whoever made it knows better how long to wait.
 */
export class EndpointPool {
  readonly #members: readonly Member[]
  readonly #settings: EndpointPoolSettings
  readonly #waiters: Waiter[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(endpoints: readonly Endpoint[], settings: EndpointPoolSettings) {
    this.#members = endpoints.map((endpoint) => ({ endpoint, failures: 0, notBeforeMs: 0, lastFailure: null }))
    this.#settings = settings
  }

  get slots(): number {
    return this.#members.reduce((sum, { endpoint }) => sum + endpoint.concurrency.most, 0)
  }

  async run<Answer>(send: (endpoint: Endpoint) => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    const { attempts, backoffMs, clock, random } = this.#settings
    let failedAt: Endpoint | null = null
    for (let attempt = 1; ; attempt += 1) {
      try {
        const member = await this.#acquire(failedAt, signal)
        failedAt = member.endpoint
        return await this.#send(member, send, signal)
      } catch (error) {
        const again = error instanceof EndpointFailure && error.worthRetrying && attempt < attempts
        if (!again || (error.retryAfterMs ?? 0) > this.#settings.longestPauseMs) throw error
      }
      await clock.sleep(backoffMs * 2 ** (attempt - 1) * (0.5 + random() / 2), signal)
    }
  }

  async #send<Answer>(member: Member, send: (endpoint: Endpoint) => Promise<Answer>, signal: AbortSignal | undefined) {
    const { endpoint } = member
    try {
      const answer = await send(endpoint)
      member.failures = 0
      member.lastFailure = null
      endpoint.concurrency.answered()
      return answer
    } catch (error) {
      if (error instanceof EndpointFailure && signal?.aborted !== true) this.#record(member, error)
      throw error
    } finally {
      endpoint.inFlight -= 1
      this.#serve()
    }
  }

  #record(member: Member, failure: EndpointFailure): void {
    const now = this.#now()
    if (!failure.retryable) {
      member.failures = 0
      return
    }
    const pauseUntil = (ms: number) => {
      member.notBeforeMs = Math.max(member.notBeforeMs, now + ms)
    }
    member.lastFailure = failure
    if (failure.failure === 'overloaded') {
      member.endpoint.concurrency.refused(now)
      pauseUntil(Math.min(failure.retryAfterMs ?? this.#settings.backoffMs, this.#settings.longestPauseMs))
      return
    }
    member.failures += 1
    if (member.failures < failuresToDown) return
    pauseUntil(Math.min(longestDownMs, shortestDownMs * 2 ** Math.min(10, member.failures - failuresToDown)))
  }

  #acquire(avoid: Endpoint | null, signal: AbortSignal | undefined): Promise<Member> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason)
        return
      }
      const leave = () => {
        const at = this.#waiters.indexOf(waiter)
        if (at >= 0) this.#waiters.splice(at, 1)
        reject(signal?.reason)
      }
      const waiter: Waiter = {
        avoid,
        take: (member) => {
          signal?.removeEventListener('abort', leave)
          resolve(member)
        },
        fail: (error) => {
          signal?.removeEventListener('abort', leave)
          reject(error)
        },
      }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiters.push(waiter)
      this.#serve()
    })
  }

  /** Hands free slots to those who wait, in their order. */
  #serve(): void {
    for (;;) {
      const waiter = this.#waiters[0]
      if (waiter === undefined) return
      const member = this.#pick(waiter.avoid)
      if (member === null) break
      this.#waiters.shift()
      member.endpoint.inFlight += 1
      waiter.take(member)
    }
    const now = this.#now()
    if (this.#members.every((member) => isDown(member) && now < member.notBeforeMs)) {
      const failure = this.#members.find((member) => member.lastFailure !== null)?.lastFailure
      for (const waiter of this.#waiters.splice(0)) waiter.fail(failure)
      return
    }
    this.#serveLater()
  }

  /** The least loaded endpoint with a free slot; the one to avoid only when no other is up. */
  #pick(avoid: Endpoint | null): Member | null {
    const now = this.#now()
    const free = this.#members.filter((member) => now >= member.notBeforeMs && hasSlot(member))
    const others = free.filter((member) => member.endpoint !== avoid)
    const load = ({ endpoint }: Member) => endpoint.inFlight / endpoint.concurrency.limit
    return (others.length > 0 ? others : free).reduce<Member | null>(
      (least, member) => (least === null || load(member) < load(least) ? member : least),
      null,
    )
  }

  /** Looks again when the first pause ends: no answer may come before that to wake us. */
  #serveLater(): void {
    const now = this.#now()
    const pauses = this.#members.map((member) => member.notBeforeMs - now).filter((ms) => ms > 0)
    if (pauses.length === 0 || this.#timer !== null) return
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        this.#serve()
      },
      Math.min(...pauses) + 1,
    )
  }

  #now(): number {
    return this.#settings.clock.now().getTime()
  }
}

function isDown(member: Member): boolean {
  return member.failures >= failuresToDown
}

/** An endpoint that was down gets one request as a probe. */
function hasSlot(member: Member): boolean {
  return member.endpoint.inFlight < (isDown(member) ? 1 : member.endpoint.concurrency.limit)
}
