import { patienceMs } from './queue-store.ts'

/** Resolves when a queue or a worker is connected; rejects with its first error, or after a while. */
export async function untilReady(end: {
  once(event: 'error', listener: (error: Error) => void): unknown
  waitUntilReady(): Promise<unknown>
}): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      end.once('error', reject)
      end.waitUntilReady().then(() => resolve(), reject)
      timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs)
    })
  } finally {
    clearTimeout(timer)
  }
}
