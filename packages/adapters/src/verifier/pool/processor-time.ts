import { readFileSync } from 'node:fs'

/** `ranMs`: time on a processor; `waitedMs`: time it could have run but had no processor. */
export type ProcessorTime = { readonly ranMs: number; readonly waitedMs: number }

/** What a thread has used of the processors since its begin, where the system tells it: Linux, `path` being its directory in /proc. */
export function processorTime(path: string | null): ProcessorTime | null {
  if (path === null) return null
  try {
    const [ran, waited] = readFileSync(`${path}/schedstat`, 'latin1').split(' ').map(Number)
    if (ran === undefined || waited === undefined || !Number.isFinite(ran) || !Number.isFinite(waited)) return null
    return { ranMs: ran / 1e6, waitedMs: waited / 1e6 }
  } catch {
    return null
  }
}
