import { compose } from '@ratchet/installation/compose.ts'
import { readSettings } from '@ratchet/installation/env.ts'
import { runProgram, untilStopped } from '@ratchet/installation/program.ts'
import { runWorker } from './run-worker.ts'

// A worker alone; any number of them share the work.
await runProgram('ratchet-worker', async () => {
  const settings = readSettings(process.env, process.cwd())
  const { world, close } = await compose(settings, { name: 'ratchet-worker', note: console.error })
  try {
    const worker = await runWorker(world, settings)
    console.error('working')
    await untilStopped()
    await worker.close()
  } finally {
    await close()
  }
})
