import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { canMount, withSmallDisk } from '@ratchet/adapters/testing/small-disk.ts'
import { python, type ReferenceServer, referenceServer } from './testing/reference-run.ts'
import { type Ran, runRatchet } from './testing/run-ratchet.ts'
import { smallRecipe } from './testing/small-loop.ts'

const { S3_ENDPOINT_TEST, S3_REGION_TEST, S3_ACCESS_KEY_ID_TEST, S3_SECRET_ACCESS_KEY_TEST } = process.env

let directory: string
let reference: ReferenceServer
/** Takes connections and never says anything. */
let silent: { readonly server: Server; readonly port: number }

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ratchet-bad-input-'))
  silent = await listenSilently()
  reference = await referenceServer()
})
afterAll(async () => {
  silent.server.close()
  await rm(directory, { recursive: true, force: true })
})

const ask = (...args: string[]): Promise<Ran> => runRatchet(args, { env: reference.ratchet.env })

async function file(name: string, lines: readonly string[]): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, lines.map((line) => `${line}\n`).join(''))
  return path
}

/** A sentence and no trace of the program that says it. */
function expectPlain({ stderr }: Ran): void {
  expect(stderr).toMatch(/^ratchet: .+$/m)
  expect(stderr).not.toMatch(/^\s+at .+:\d+/m)
}

describe('a recipe with five mistakes', () => {
  const mistakes = [
    'name: Not A Name',
    'baseModel: ./model',
    'problems: pool',
    'rounds: 1',
    'imitate: { from: demonstrations, demonstrationSet: demonstrations }',
    'explore: { acept: 2 }',
    'train: { method: sft, sft: { learningRate: 0.001 } }',
    'evaluate: { benchmarks: [{ name: held-out, problemSet: pool }], gate: { margin: 3 } }',
  ]
  const found = [
    'name: must be made of lower-case letters, digits, dots and hyphens, at most 63\n    write it in that form',
    'explore.acept: there is no such setting\n    did you mean "accept"?',
    'evaluate.gate.margin: must be at most 1, is 3\n    write a number of at most 1',
    'evaluate.benchmarks.0.problemSet: "pool" is also what is explored, so this benchmark is not held out\n    evaluate on',
    'train.sft: neither maxSteps nor epochs says how long to train\n    add one of them',
  ]

  test('is told all five by `recipes check`, each with its path and what to do', async () => {
    const ran = await ask('recipes', 'check', await file('mistakes.yaml', mistakes))
    expect(ran.code).toBe(1)
    for (const each of found) expect(ran.stdout).toContain(each)
  })

  test('is told the same by `start`, which starts nothing', async () => {
    const before = await reference.client.iterations()
    const ran = await ask('start', await file('mistakes.yaml', mistakes))
    expect(ran.code).toBe(4)
    expectPlain(ran)
    expect(ran.stderr).toContain('ratchet: the recipe has 5 problems')
    for (const each of found) expect(ran.stderr).toContain(each)
    expect(await reference.client.iterations()).toEqual(before)
  })
})

describe('rows that are wrong', () => {
  const good = '{"id":"good-1","prompt":"1+1?","verification":{"kind":"exact","gold":["2"]}}'
  const problemSets = async () => (await reference.client.problemSets()).map((each) => each.name)

  test.each([
    ['a problem without an answer', ['{"id":"b","prompt":"1+2?"}'], /line 2: verification: is missing/],
    [
      'a problem with an empty answer',
      ['{"id":"b","prompt":"?","verification":{"kind":"exact","gold":[]}}'],
      /line 2: verification\.gold: /,
    ],
    ['a line that is not JSON', ['', '{"id":"b",'], /line 3: is not JSON: .+\n {4}write one JSON object a line/],
  ])('%s is named by line and field, with a row as it should be, and nothing is kept', async (_what, wrong, named) => {
    const path = await file('problems.jsonl', [good, ...wrong])
    const ran = await ask('import', 'problems', path, '--name', 'bad-problems')
    expect(ran.code).toBe(4)
    expectPlain(ran)
    expect(ran.stderr).toMatch(named)
    expect(ran.stderr).toContain('1 line is not valid; nothing was stored; a row looks like {"id": ')
    expect(await problemSets()).not.toContain('bad-problems')
  })

  test('a demonstration of an unknown problem is named by row, and nothing is kept', async () => {
    const { id } = await reference.client.uploadProblems('bad-input', `${good}\n`)
    const rows = [
      '{"problemId":"good-1","text":"<think>1+1=2</think>2"}',
      '{"problemId":"nobody","text":"<think>?</think>2"}',
    ]
    const path = await file('demonstrations.jsonl', rows)
    const ran = await ask(
      'import',
      'demonstrations',
      path,
      '--name',
      'bad-demonstrations',
      '--problem-set',
      'bad-input',
    )
    expect(ran.code).toBe(4)
    expectPlain(ran)
    expect(ran.stderr).toContain(`the problem set ${id} has no problem nobody (row 2): correct problemId`)
    const sets = await reference.client.demonstrationSets()
    expect(sets.map((each) => each.name)).not.toContain('bad-demonstrations')
  })

  test('demonstrations of an unknown problem set say to upload that first', async () => {
    const path = await file('demonstrations.jsonl', ['{"problemId":"good-1","text":"2"}'])
    const ran = await ask('import', 'demonstrations', path, '--name', 'bad-demonstrations', '--problem-set', 'nowhere')
    expect(ran.code).toBe(4)
    expectPlain(ran)
    expect(ran.stderr).toContain('there is no problem set nowhere')
    expect(ran.stderr).toContain('upload the problem set first')
  })
})

test('a teacher that cannot be reached fails the iteration when the patience is over, and its address is named', async () => {
  const teacher = { model: 'teacher', endpoints: [{ url: `http://127.0.0.1:${await closedPort()}/v1` }] }
  const { client, ratchet } = reference
  const recipe = await smallRecipe(client, python, ratchet.dataDirectory, {
    imitate: { from: 'teacher', teacher },
    rounds: 0,
  })
  const impatient = { ...recipe, name: 'unreachable', patience: { endpointMinutes: 0.02 } }
  const ran = await ask('start', await file('unreachable.yaml', [JSON.stringify(impatient)]), '--watch')
  expect(ran.code).toBe(1)
  const [, id, reason] = /^(it-\w+) failed: (.+)$/m.exec(ran.stdout) ?? []
  expect(reason).toContain(teacher.endpoints[0]!.url)
  expect(await client.datasets({ iterationId: id })).toEqual([])
  expect(await client.checkpoints(id!)).toEqual([])
})

test.each([
  ['watch', 'iteration it-nobody', '`ratchet status`'],
  ['status', 'iteration it-nobody', '`ratchet status`'],
  ['retry', 'iteration it-nobody', '`ratchet status`'],
  ['explain', 'trajectory it-nobody', 'GET /v1/trajectories'],
])('`ratchet %s` of what there is not says where to look', async (command, what, where) => {
  const ran = await ask(command, 'it-nobody')
  expect(ran).toMatchObject({ code: 4, stdout: '' })
  expectPlain(ran)
  expect(ran.stderr).toContain(`there is no ${what}`)
  expect(ran.stderr).toContain(where)
})

test('an API that does not run is named, with how to start it', async () => {
  const url = `http://127.0.0.1:${await closedPort()}`
  const ran = await ask('--api', url, 'status')
  expect(ran.code).toBe(3)
  expectPlain(ran)
  expect(ran.stderr).toMatch(new RegExp(`the API at ${url} cannot be reached \\(.+\\): start it with \`ratchet up\``))
})

describe('starting on this machine', () => {
  /** `ratchet …` on a data directory of its own, which then has no database that still runs and no address of a server. */
  async function fails(args: readonly string[], env: Record<string, string | undefined>): Promise<Ran> {
    const own = await mkdtemp(join(directory, 'data-'))
    const ran = await runRatchet(args, { env: { ...reference.ratchet.env, DATA_DIR: own, ...env } })
    expect(ran.code).toBe(1)
    expectPlain(ran)
    expect(existsSync(join(own, 'server.json'))).toBe(false)
    expect(existsSync(join(own, 'postgres/cluster/data/postmaster.pid'))).toBe(false)
    return ran
  }
  const up = (env: Record<string, string | undefined>) => fails(['up', '--port', '0'], env)

  test('without Python, the quickstart says what to install', async () => {
    const ran = await fails(['quickstart'], { PYTHON: '/nowhere', RATCHET_PYTHON: undefined })
    expect(ran.stderr).toContain('there is no /nowhere: install Python 3.10 or newer, or set PYTHON to the path of one')
  })

  test('an environment of Python that is not there is named by its variable', async () => {
    const ran = await fails(['quickstart'], { RATCHET_PYTHON: '/nowhere' })
    expect(ran.stderr).toContain('RATCHET_PYTHON names /nowhere, which does not exist')
  })

  test('a port that another program uses is named', async () => {
    const ran = await fails(['up', '--port', String(silent.port)], {})
    expect(ran.stderr).toContain(
      `port ${silent.port} on 127.0.0.1 is used by another program: stop it, or choose another with --port`,
    )
  })

  test('a port that is no number is quoted, and an option that is unknown is a wrong command line', async () => {
    const ran = await fails(['up', '--port', 'abc'], {})
    expect(ran.stderr).toContain('--port abc is no port: write a whole number from 0 to 65535')
    const misspelt = await ask('up', '--prot', '1')
    expect(misspelt.code).toBe(2)
    expectPlain(misspelt)
    expect(misspelt.stderr).toContain("'--prot'")
  })

  test('a second server on the same data directory is told of the first, which goes on', async () => {
    const ran = await ask('up', '--port', '0')
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expectPlain(ran)
    const { url } = reference.client
    expect(ran.stderr).toContain(
      `a server runs on ${reference.ratchet.dataDirectory} already: ${url}; \`ratchet down\` stops it`,
    )
    expect((await fetch(`${url}/health/ready`)).ok).toBe(true)
  })

  test('a database that refuses or is silent is named without its password', async () => {
    const closed = await closedPort()
    const [refuses, keepsSilent] = await Promise.all(
      [closed, silent.port].map((port) => up({ DATABASE_URL: `postgresql://me:a-secret@127.0.0.1:${port}/loop` })),
    )
    expect(refuses?.stderr).toContain(
      `the database loop at 127.0.0.1:${closed} cannot be used: nothing listens there; start the server, or correct DATABASE_URL`,
    )
    expect(keepsSilent?.stderr).toContain(
      `the database loop at 127.0.0.1:${silent.port} cannot be used: it does not answer within 10 s`,
    )
    for (const ran of [refuses, keepsSilent]) expect(ran?.stderr).not.toContain('a-secret')
  })

  test('a Redis that refuses or is silent is named without its password', async () => {
    const ports = [await closedPort(), silent.port]
    const ended = await Promise.all(ports.map((port) => up({ REDIS_URL: `redis://:a-secret@127.0.0.1:${port}` })))
    for (const [index, { stderr }] of ended.entries()) {
      expect(stderr).toMatch(/^ratchet: the queue on Redis cannot be reached: /m)
      expect(stderr).toContain(`; start the server at 127.0.0.1:${ports[index]}, or correct REDIS_URL`)
      expect(stderr).not.toContain('a-secret')
    }
  })

  if (S3_ENDPOINT_TEST === undefined)
    test.skip('a bucket that does not exist (skipped: no S3 server; set S3_ENDPOINT_TEST and the rest as tools/services/s3.mjs prints them)', () => {})
  else
    test('a bucket that does not exist is named', async () => {
      const ran = await up({
        S3_BUCKET: 'there-is-no-such-bucket',
        S3_ENDPOINT: S3_ENDPOINT_TEST,
        AWS_REGION: S3_REGION_TEST,
        AWS_ACCESS_KEY_ID: S3_ACCESS_KEY_ID_TEST,
        AWS_SECRET_ACCESS_KEY: S3_SECRET_ACCESS_KEY_TEST,
      })
      expect(ran.stderr).toContain(
        `in the bucket there-is-no-such-bucket: there is no such bucket at ${S3_ENDPOINT_TEST}: create it, or correct S3_BUCKET`,
      )
    })

  if (!canMount()) test.skip('a full disk (skipped: this user cannot mount a small file system)', () => {})
  else
    test('a full disk is called one, and no half-made database stays behind', async () => {
      await withSmallDisk(async (disk) => {
        const ran = await runRatchet(['up', '--port', '0'], { env: { ...reference.ratchet.env, DATA_DIR: disk } })
        expect(ran.code).toBe(1)
        expectPlain(ran)
        expect(ran.stderr).toContain(
          `could not initialise in ${join(disk, 'postgres')}: the disk is full; free some space or choose another directory`,
        )
        expect(await readdir(join(disk, 'postgres'))).toEqual([])
      })
    })
})

function listenSilently(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => void socket.on('error', () => {}).resume()).once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve({ server, port: portOf(server) }))
  })
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const { server, port } = await listenSilently()
  await new Promise((resolve) => server.close(resolve))
  return port
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
