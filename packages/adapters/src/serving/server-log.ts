import { existsSync, writeFileSync } from 'node:fs'
import { type RunName, runLogFile, type Scheduler } from '../cluster/scheduler.ts'

/** The most telling line of a server's log and where people find all of it, as in `its log ends with: … (in /…/server.log)`. */
export async function tellLog(scheduler: Scheduler, run: RunName): Promise<string> {
  const lines = await scheduler.logs(run, 1000).catch(() => [])
  const line = tellingLine(lines)?.slice(0, 300)
  return `${line === undefined ? 'it wrote nothing' : `its log ends with: ${line}`} (in ${keepLog(run, lines)})`
}

/** Some clusters remove the log with the job: its end is kept. */
function keepLog(run: RunName, lines: readonly string[]): string {
  const file = runLogFile(run)
  if (lines.length > 0 && !existsSync(file)) writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

/** The last error, or else the last line: servers of several processes end with a line that sends the reader to an earlier one. */
export function tellingLine(lines: readonly string[]): string | undefined {
  return (
    lines.findLast((line) => /\w*(Error|Exception)\b:/.test(line) && !/root cause above/i.test(line)) ?? lines.at(-1)
  )
}
