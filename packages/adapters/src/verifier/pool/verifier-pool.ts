import { availableParallelism } from 'node:os'
import type { Verdict } from '@ratchet/domain/verdict.ts'
import { PortError } from '@ratchet/ports/port-error.ts'
import type { Verifier } from '@ratchet/ports/verifier.ts'
import { type AnswerCheck, undecided } from '../answer-check.ts'
import { createAnswerVerifier } from '../answer-verifier.ts'
import { createBatchSize } from './batch-size.ts'
import { canaries } from './canaries.ts'
import type { Canary } from './canary.ts'
import { openPooledThread, type PooledThread } from './pooled-thread.ts'
import { createWaitingRows, type PoolRow } from './waiting-rows.ts'

export type VerifierPoolSettings = {
  /** Threads at most; each is started when there is work for it. Default: one a core, at most 4. */
  readonly threads?: number | undefined
  /** Time of a processor that one verdict may take, in ms. Default 1000. */
  readonly deadlineMs?: number | undefined
  /** Heap of a thread in MiB; a verdict that needs more is undecided. Default 256. */
  readonly memoryMb?: number
  /** Longer solutions and golds are undecided without being sent to a thread. Default 8 million characters. */
  readonly longestText?: number
  /** Decided by every thread before it serves. */
  readonly canaries?: readonly Canary[]
  /** A module that exports `createAnswerChecker`. */
  readonly checker?: URL
}

/** `ms`: what the verdict took in its thread. */
export type MeasuredVerdict = { readonly verdict: Verdict; readonly ms: number }

export type VerifierPool = Verifier & {
  /** Decides a comparison. Rejects when `signal` is aborted or the pool is closed. */
  check(check: AnswerCheck, solution: string, signal?: AbortSignal): Promise<MeasuredVerdict>
  /** Ends the threads; what is still waited for is rejected. */
  close(): Promise<void>
}

/** Threads that die one after the other, on no row, before the pool gives up. */
const mostIdleDeaths = 3

/**
 * Compares answers in threads of their own, under a deadline and a limit of memory. A thread that passes one of them on a row is
 * replaced: that row is undecided, all others of the thread are decided by another. Rejects with a sentence that names the canary when
 * the comparison decides one otherwise than it must; a later thread that does so closes the pool, and every call rejects with it.
 */
export async function createVerifierPool(settings: VerifierPoolSettings = {}): Promise<VerifierPool> {
  const { threads: most = Math.min(availableParallelism(), 4), deadlineMs = 1000, longestText = 8_000_000 } = settings
  const lookEveryMs = Math.min(100, Math.max(5, deadlineMs / 5))
  const waiting = createWaitingRows()
  const batch = createBatchSize()
  const threads = new Set<PooledThread>()
  const pending = new Set<PoolRow>()
  let over: Error | null = null
  let timer: NodeJS.Timeout | null = null
  let dealing = false
  let idleDeaths = 0

  const check = async (asked: AnswerCheck, solution: string, signal?: AbortSignal): Promise<MeasuredVerdict> => {
    signal?.throwIfAborted()
    if (over !== null) throw over
    const refused = tooLong(asked, solution, longestText)
    if (refused !== null) return { verdict: undecided(asked, refused), ms: 0 }
    return await new Promise((resolve, reject) => {
      const row: PoolRow = { check: asked, solution, deaths: 0, resolve: settle(resolve), reject: settle(reject) }
      const abort = (): void => {
        waiting.remove(row)
        row.reject(signal?.reason)
      }
      function settle<Value>(end: (value: Value) => void): (value: Value) => void {
        return (value) => {
          pending.delete(row)
          signal?.removeEventListener('abort', abort)
          end(value)
        }
      }
      signal?.addEventListener('abort', abort, { once: true })
      pending.add(row)
      waiting.add(row)
      dealSoon()
    })
  }

  /** Once for all calls of this turn, so that they go in one message. */
  function dealSoon(): void {
    if (dealing) return
    dealing = true
    setImmediate(() => {
      dealing = false
      if (over === null) deal()
    })
  }

  function deal(): void {
    for (let dealt = true; dealt; ) {
      dealt = false
      for (const thread of threads) {
        const load = thread.load()
        // One message ahead of the one it works on.
        if (load === null || load >= batch.rows() || waiting.size() === 0) continue
        thread.send(waiting.take(Math.min(batch.rows(), Math.ceil(waiting.size() / most))))
        dealt = true
      }
    }
    if (waiting.size() > 0 && threads.size < most) open()
    if (isBusy()) timer ??= setInterval(look, lookEveryMs)
  }

  function look(): void {
    for (const thread of [...threads]) thread.look()
    if (isBusy() || timer === null) return
    clearInterval(timer)
    timer = null
  }

  /** Also with rows that nobody waits for any more: they have their deadline too. */
  function isBusy(): boolean {
    return [...threads].some((thread) => (thread.load() ?? 0) > 0)
  }

  function open(onStarted = (): void => {}): void {
    const thread: PooledThread = openPooledThread(
      {
        checker: settings.checker ?? new URL('../answer-check.ts', import.meta.url),
        canaries: settings.canaries ?? canaries,
        memoryMb: settings.memoryMb ?? 256,
        deadlineMs,
        lookEveryMs,
      },
      {
        started: () => {
          onStarted()
          if (over === null) deal()
        },
        decided: (times) => {
          idleDeaths = 0
          times.forEach(batch.learn)
          if (over === null) deal()
        },
        gone: (left, onRow, why) => {
          threads.delete(thread)
          waiting.addAgain(left.filter((row) => pending.has(row)))
          idleDeaths = onRow ? 0 : idleDeaths + 1
          if (idleDeaths >= mostIdleDeaths) end(`threads end by themselves: ${why}`)
          else dealSoon()
        },
        refused: (why) => {
          threads.delete(thread)
          end(`a checking thread is not fit to serve: ${why}`)
        },
      },
    )
    threads.add(thread)
  }

  function end(why: string): void {
    void close(new PortError(`the comparison of answers has stopped, ${why}`, { retryable: false }))
  }

  async function close(reason = new Error('the verifier pool is closed')): Promise<void> {
    over ??= reason
    if (timer !== null) clearInterval(timer)
    const ending = [...threads].map((thread) => thread.stop())
    threads.clear()
    for (const row of [...pending]) row.reject(over)
    startFailed?.(over)
    await Promise.all(ending)
  }

  let startFailed: ((error: Error) => void) | null = null
  await new Promise<void>((resolve, reject) => {
    startFailed = reject
    open(resolve)
  })
  const { verify } = createAnswerVerifier(async (...asked) => (await check(...asked)).verdict)
  return { check, verify, close: () => close() }
}

function tooLong(check: AnswerCheck, solution: string, longest: number): string | null {
  if (solution.length > longest) return `the solution is longer than ${longest} characters`
  const { gold, options } = check
  const texts = [...gold, ...(options.choices ?? [])]
  return texts.reduce((length, text) => length + text.length, 0) > longest
    ? `golds and choices are longer than ${longest} characters`
    : null
}
