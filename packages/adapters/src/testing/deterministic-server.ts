import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startDeterministicEndpoint } from './deterministic-endpoint.ts'

// A deterministic endpoint as a program of its own, started as a policy server or, with --name and --path, as the server
// of one checkpoint is.
const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    port: { type: 'string', default: '0' },
    threads: { type: 'string' },
    device: { type: 'string' },
    name: { type: 'string' },
    path: { type: 'string' },
  },
})
const { name, path, port, host } = values
if (path !== undefined && !existsSync(path)) {
  console.error(`there is no checkpoint at ${path}`)
  process.exit(1)
}
const endpoint = await startDeterministicEndpoint({
  port: Number(port),
  ...(host === undefined ? {} : { host }),
  models: name === undefined ? {} : { [name]: path ?? name },
  answer: ({ messages, seed }) => `${messages.at(-1)?.content ?? ''} ${seed}`,
})
console.log(`ready at ${endpoint.url}`)
