import { compose } from '@ratchet/installation/compose.ts'
import { readSettings } from '@ratchet/installation/env.ts'
import { runProgram, untilStopped } from '@ratchet/installation/program.ts'
import { listen } from './listen.ts'
import { createServer } from './server.ts'

// The API alone, for installations whose workers run elsewhere.
await runProgram('ratchet-api', async () => {
  const settings = readSettings(process.env, process.cwd())
  const { host, port, keys } = settings.api
  const { world, close } = await compose(settings, { name: 'ratchet-api', note: console.error })
  try {
    const server = await createServer(world, { host, apiKeys: [...keys] })
    try {
      console.error(`listening on ${await listen(server, host, port)}`)
      await untilStopped()
    } finally {
      await server.close()
    }
  } finally {
    await close()
  }
})
