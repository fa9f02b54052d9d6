import { setMaxListeners } from 'node:events'
import { exitCodes } from '../exit-codes.ts'
import { createProgress } from '../progress/create-progress.ts'
import { codeOf } from '../verify/code-of.ts'
import { type JudgeOptions, judgeOf } from '../verify/judge-of.ts'
import { openInput } from '../verify/open-input.ts'
import { openOutputFile } from '../verify/output-file.ts'
import { remainingRows } from '../verify/remaining-rows.ts'
import { ReaderGone, type ResultSink, streamSink } from '../verify/result-sink.ts'
import { openRowVerifiers } from '../verify/row-verifiers.ts'
import { createTally } from '../verify/tally.ts'
import { progressLine, summaryJson, summaryLines } from '../verify/verify-report.ts'
import type { VerifiedRow } from '../verify/verify-row.ts'
import { verifyStream } from '../verify/verify-stream.ts'

export type VerifyContext = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: () => NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Print the summary as JSON and no progress. */
  readonly json: boolean
  readonly interrupted: () => AbortSignal
}

export type VerifyOptions = JudgeOptions & {
  readonly workers?: number
  readonly deadline?: number
  readonly python?: string
  readonly output?: string
}

/** Progress is shown to those who have waited this long, and then so often. */
const showAfterMs = 1000
const showEveryMs = 200

/**
 * Verifies rows (JSON Lines) and writes one result for each, in their order. With an output file that holds the results of the first
 * rows it goes on behind them. Throws UsageError for what the command line names wrongly.
 */
export async function verify(
  context: VerifyContext,
  file: string | undefined,
  options: VerifyOptions,
): Promise<number> {
  const signal = context.interrupted()
  // Every row in flight listens to it.
  setMaxListeners(0, signal)
  const judge = await judgeOf(options, context.env)
  const input = await openInput(file, context.stdin, signal)
  const output = options.output === undefined ? null : await openOutputFile(options.output, file)
  const verifiers = openRowVerifiers({
    workers: options.workers,
    deadlineMs: options.deadline,
    code: codeOf(options.python, context.env),
    judge,
  })
  const counted = createCount(context, input.bytes, output === null)
  const rows = remainingRows(input.stream, output, { onBytes: counted.read, onKept: counted.keep })
  let sink: ResultSink | null = output === null ? streamSink(context.stdout) : null
  let code: number = exitCodes.ok
  try {
    for await (const result of verifyStream(rows, verifiers, signal)) {
      sink ??= (await output?.sink()) ?? null
      await sink?.write(JSON.stringify(result))
      counted.add(result)
    }
    sink ??= (await output?.sink()) ?? null
  } catch (error) {
    if (signal.aborted) code = exitCodes.interrupted
    else if (!(error instanceof ReaderGone)) throw error
  } finally {
    counted.stop()
    input.stream.destroy()
    await verifiers.close()
    try {
      await sink?.end().catch(ignoreReaderGone)
    } finally {
      await output?.close()
    }
  }
  counted.report(code === exitCodes.interrupted)
  return code
}

/** Counts rows as they go, and tells of them on standard error. */
function createCount({ json, stdout, stderr }: VerifyContext, totalBytes: number | null, toStdout: boolean) {
  const tally = createTally()
  // A bar that is painted in place would stand in the way of results on the same terminal.
  const isTty = stderr.isTTY === true && !(toStdout && stdout.isTTY === true)
  const progress = createProgress({ stream: json ? { write: () => {} } : stderr, isTty })
  const beganAt = performance.now()
  let [bytes, rows, kept] = [0, 0, 0]
  let shown = false
  const share = (): number | null => (totalBytes === null || totalBytes === 0 ? null : bytes / totalBytes)
  const count = (result: VerifiedRow): void => {
    rows += 1
    tally.add(result)
  }
  const show = (): void => {
    const ms = performance.now() - beganAt
    shown ||= ms >= showAfterMs
    if (shown) progress.update([progressLine(tally, { rows, kept, share: share(), ms })])
  }
  // By the clock, so that it is also shown while the rows are slow.
  const timer = setInterval(show, showEveryMs)
  return {
    read: (lineBytes: number) => {
      bytes += lineBytes
    },
    keep: (result: VerifiedRow) => {
      kept += 1
      count(result)
    },
    add: count,
    stop: () => clearInterval(timer),
    report: (interrupted: boolean) => {
      show()
      progress.done()
      const summary = { rows, kept, ms: Math.round(performance.now() - beganAt), interrupted }
      const lines = json ? [summaryJson(tally, summary)] : summaryLines(tally, summary)
      stderr.write(`${lines.join('\n')}\n`)
    },
  }
}

function ignoreReaderGone(error: unknown): void {
  if (!(error instanceof ReaderGone)) throw error
}
