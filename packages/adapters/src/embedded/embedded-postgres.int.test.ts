import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { startEmbeddedPostgres, stopEmbeddedPostgres } from './embedded-postgres.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

describe('the embedded PostgreSQL', () => {
  let directory: string
  let children: ChildProcess[]
  beforeEach(() => {
    // Not below a directory that only we may enter: the server may run as another user.
    directory = mkdtempSync(join(tmpdir(), 'embedded-postgres-'))
    children = []
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    await stopEmbeddedPostgres(directory)
    rmSync(directory, { recursive: true })
  })

  const start = (more: { keepRunning?: boolean } = {}) =>
    startEmbeddedPostgres({ directory, database: 'ratchet', ...more })
  const pidFile = () => join(directory, 'cluster', 'data', 'postmaster.pid')
  const serverPid = () => Number(readFileSync(pidFile(), 'utf8').split('\n')[0])
  const query = async (url: string, sql: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
  /** Starts the server from a process of its own, which then stays. */
  const startElsewhere = async () => {
    const script = `
      import { startEmbeddedPostgres } from ${JSON.stringify(new URL('./embedded-postgres.ts', import.meta.url).href)}
      const { url } = await startEmbeddedPostgres({ directory: ${JSON.stringify(directory)}, database: 'ratchet' })
      console.log(url)
      setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    const [line] = await once(child.stdout, 'data')
    return { child, url: String(line).trim() }
  }
  const kill = async (child: ChildProcess) => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  test('keeps its data over a stop, and listens on loopback only', async () => {
    const first = await start()
    expect(first.origin).toBe('started')
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS n')
    expect(await query(first.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
    await first.close()
    await expect(query(first.url, 'SELECT 1')).rejects.toThrow()
    const second = await start()
    expect(second.origin).toBe('started')
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
    await second.close()
    await second.close()
  })

  test('asks for its password', async () => {
    const { url } = await start()
    const wrong = new URL(url)
    wrong.password = 'wrong'
    await expect(query(wrong.toString(), 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  test('outlives the process that started it, and then answers to the next', async () => {
    const { child, url } = await startElsewhere()
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS n')
    await kill(child)
    const next = await start()
    expect(next).toMatchObject({ origin: 'found', url })
    expect(await query(next.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
    await next.close()
    await expect(query(url, 'SELECT 1')).rejects.toThrow()
  })

  test('is not stopped by one that merely found it', async () => {
    const { url } = await startElsewhere()
    const guest = await start()
    expect(guest.origin).toBe('found')
    await guest.close()
    expect(await query(url, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  test('stays for others when it is to keep running', async () => {
    const first = await start({ keepRunning: true })
    await first.close()
    const second = await start()
    expect(second).toMatchObject({ origin: 'found', url: first.url })
    await second.close()
    expect(await query(first.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
    await stopEmbeddedPostgres(directory)
    await expect(query(first.url, 'SELECT 1')).rejects.toThrow()
  })

  test('recovers what was committed when the server itself is killed', async () => {
    const first = await start()
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS n')
    process.kill(serverPid(), 'SIGKILL')
    const second = await start()
    expect(second.origin).toBe('started')
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
  })

  test('starts over a process id file that now names another program', async () => {
    const first = await start()
    const left = readFileSync(pidFile(), 'utf8')
    await first.close()
    writeFileSync(pidFile(), left.replace(/^\d+/, String(process.pid)))
    const second = await start()
    expect(second.origin).toBe('started')
    expect(await query(second.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })

  test('is one server when many processes start it at once, from nothing', async () => {
    const [elsewhere, ...here] = await Promise.all([
      Promise.all([startElsewhere(), startElsewhere()]),
      ...Array.from({ length: 4 }, () => start()),
    ])
    const urls = [...elsewhere, ...here].map(({ url }) => url)
    expect(new Set(urls).size).toBe(1)
    expect(await query(urls[0]!, 'SELECT 1 AS n')).toEqual([{ n: 1 }])
  })
})
