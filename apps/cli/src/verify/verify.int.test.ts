import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sourceFile } from '@ratchet/installation/source-file.ts'
import { z } from 'zod'
import { type RunOptions, runRatchet } from '../testing/run-ratchet.ts'
import { VerifiedRow } from './verify-row.ts'

const Asked = z.object({ model: z.string(), messages: z.array(z.object({ content: z.string() })) })
const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }
const run = (args: readonly string[], options: Omit<RunOptions, 'env'> = {}) =>
  runRatchet(['verify', ...args], { env, timeoutMs: 60_000, ...options })
const row = (id: string | number, response: string, more: object = {}): string =>
  JSON.stringify({ id, kind: 'math', gold: '4', response, ...more })
const resultsIn = (text: string) =>
  text.split('\n').flatMap((line) => (line === '' ? [] : [VerifiedRow.parse(JSON.parse(line))]))
const timeless = (text: string) => resultsIn(text).map(({ ms: _ms, ...rest }) => rest)

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ratchet-verify-'))
})
afterAll(async () => await rm(directory, { recursive: true, force: true }))

async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, lines.map((line) => `${line}\n`).join(''))
  return path
}

const mixed = [
  row('right', '<think>5?</think>It is \\boxed{4}.'),
  row('wrong', 'It is \\boxed{5}.'),
  '',
  '{"id": "torn", "kind": "math", "gold": ',
  row('spelled', '\\boxed{4}', { kind: 'exact', gold: ['four', '4'] }),
  row('letter', 'The answer is (B).', { kind: 'choice', gold: 'B', options: { choices: ['three', 'four'] } }),
  row('other letter', 'The answer is (A).', { kind: 'choice', gold: 'B', options: { choices: ['three', 'four'] } }),
  row('kind', '\\boxed{4}', { kind: 'maths' }),
  row('option', '\\boxed{4}', { options: { boxed: true } }),
  row('judged', 'four', { kind: 'judge', problem: '2 + 2?' }),
  row(12, '\\boxed{4}', { source: 'a set', meta: { a: 1 } }),
  row('long', 'x'.repeat(9_000_000)),
  row('long thought', `<think>${'x'.repeat(9_000_000)}</think>\\boxed{4}`),
]
const expected = [
  ['right', 'correct', 'math@1', ''],
  ['wrong', 'incorrect', 'math@1', ''],
  ['torn', 'undecided', 'none', 'line 4: it is not JSON'],
  ['spelled', 'correct', 'exact@1', 'equals "4"'],
  ['letter', 'correct', 'choice@1', ''],
  ['other letter', 'incorrect', 'choice@1', ''],
  ['kind', 'undecided', 'none', 'line 8: kind is "maths"'],
  ['option', 'undecided', 'none', 'line 9: options has no "boxed"'],
  ['judged', 'undecided', 'none', '--judge-url'],
  [12, 'correct', 'math@1', ''],
  ['long', 'undecided', 'math@1', 'longer than 8000000 characters'],
  ['long thought', 'correct', 'math@1', ''],
]

describe('ratchet verify', () => {
  test('every row of a file gets a result in its place, whatever is wrong with it', async () => {
    const { code, stdout, stderr } = await run([await fileOf('mixed.jsonl', mixed)])
    expect(stderr).toMatch(/12 rows: 5 correct, 2 incorrect, 5 undecided; .* verdicts\/s/)
    expect(stderr).toContain('1 undecided: row cannot be read: options has no "…"')
    expect(code).toBe(0)
    const results = resultsIn(stdout)
    expect(results.map(({ id, verdict, verifier }) => [id, verdict, verifier])).toEqual(
      expected.map(([id, verdict, verifier]) => [id, verdict, verifier]),
    )
    for (const [at, { reason }] of results.entries()) {
      expect(reason).toContain(expected[at]?.[3])
      expect(reason).toMatch(/\S/)
    }
  })

  test('standard input gives the same as a file, with the last line feed or without', async () => {
    const lines = mixed.slice(0, 9)
    const file = await run([await fileOf('short.jsonl', lines)])
    const piped = await run([], { input: lines.join('\n') })
    expect(piped.code).toBe(0)
    expect(timeless(piped.stdout)).toEqual(timeless(file.stdout))
  })

  test('thousands of rows keep their order', async () => {
    const path = await fileOf(
      'many.jsonl',
      Array.from({ length: 5000 }, (_, id) => row(id, `\\boxed{${id % 9}}`)),
    )
    const { code, stdout } = await run([path, '--workers', '2'])
    expect(code).toBe(0)
    expect(resultsIn(stdout).map(({ id, verdict }) => [id, verdict])).toEqual(
      Array.from({ length: 5000 }, (_, id) => [id, id % 9 === 4 ? 'correct' : 'incorrect']),
    )
  })

  test('nothing gives nothing', async () => {
    const { code, stdout, stderr } = await run([await fileOf('empty.jsonl', ['', '  '])])
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toContain('0 rows')
  })

  test('the summary is JSON where that is asked for', async () => {
    const { stderr } = await runRatchet(['--json', 'verify'], { env, input: `${mixed[0]}\n` })
    expect(JSON.parse(stderr)).toMatchObject({ rows: 1, correct: 1, undecided: 0, interrupted: false })
  })

  test.each([
    ['a file that is not there', ['no-such-file.jsonl'], 'there is no readable file no-such-file.jsonl'],
    ['a directory', ['.'], 'is a directory'],
    ['a judge without a model', ['--judge-url', 'http://127.0.0.1:1/v1'], 'needs both --judge-url and --judge-model'],
    ['a judge that is no address', ['--judge-url', 'judge', '--judge-model', 'm'], '--judge-url'],
    [
      'a key that is not set',
      ['--judge-url', 'http://h/v1', '--judge-model', 'm', '--judge-key-env', 'NO_KEY'],
      'NO_KEY',
    ],
    ['no number of workers', ['--workers', 'many'], 'whole number from 1 to 64'],
    ['a deadline of nothing', ['--deadline', '0'], 'whole number from 1'],
    ['an output that is a directory', ['-o', tmpdir()], 'is not a file'],
  ])('%s is refused before anything is read', async (_what, args, told) => {
    const { code, stdout, stderr } = await run(args, { input: `${mixed[0]}\n` })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(told)
  })

  test('a reader of the output that goes away ends it quietly', async () => {
    const path = await fileOf(
      'endless.jsonl',
      Array.from({ length: 60_000 }, (_, id) => row(id, '\\boxed{4}')),
    )
    const child = spawn(process.execPath, [sourceFile('apps/cli/bin/ratchet.mjs'), 'verify', path], { env })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(code).toBe(0)
    expect(stderr).not.toMatch(/EPIPE|Error|at /)
  })
})

describe('ratchet verify with a judge', () => {
  /** Agrees with attempts that say four, asked either way. */
  async function judge() {
    const asked: { authorization: string | undefined; model: string; text: string }[] = []
    const server = createServer((request, response) => {
      void json(request).then((body) => {
        const { model, messages } = Asked.parse(body)
        const text = messages.map(({ content }) => content).join('\n')
        asked.push({ authorization: request.headers.authorization, model, text })
        const agrees = text.includes('It is four.') !== text.includes('turn the attempt down')
        const message = { role: 'assistant', content: `Compared.\n${agrees ? 'Yes' : 'No'}` }
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    return { asked, url: `http://127.0.0.1:${port}/v1`, close: () => server.close() }
  }
  const question = (id: number, response: string): string =>
    JSON.stringify({ id, kind: 'judge', gold: '4', problem: 'What is 2 + 2?', response })

  test('rows of kind judge are decided by it, in order, with the key that is named', async () => {
    const { asked, url, close } = await judge()
    const answers = Array.from({ length: 40 }, (_, id) => (id % 3 === 0 ? 'It is five.' : 'It is four.'))
    const { code, stdout, stderr } = await runRatchet(
      ['verify', '--judge-url', url, '--judge-model', 'sage', '--judge-key-env', 'JUDGE_KEY'],
      {
        env: { ...env, JUDGE_KEY: 'secret-of-the-judge' },
        input: answers.map((each, id) => `${question(id, `<think>${id}</think>${each}`)}\n`).join(''),
      },
    )
    close()
    expect(code).toBe(0)
    expect(resultsIn(stdout).map(({ id, verdict }) => [id, verdict])).toEqual(
      answers.map((each, id) => [id, each === 'It is four.' ? 'correct' : 'incorrect']),
    )
    expect(new Set(asked.map(({ model }) => model))).toEqual(new Set(['sage']))
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret-of-the-judge']))
    for (const { text } of asked) expect(text).not.toContain('<think>')
    expect(`${stdout}${stderr}`).not.toContain('secret-of-the-judge')
  })
})

describe('ratchet verify with programs', () => {
  const program = (id: string, body: string): string =>
    JSON.stringify({ id, kind: 'code', gold: 'assert add(2, 3) == 5', response: `\`\`\`python\n${body}\n\`\`\`` })
  const right = program('right', 'def add(a, b):\n    return a + b')
  const wrong = program('wrong', 'def add(a, b):\n    return a - b')

  test('they are run against their tests, and keep their place among other rows', async () => {
    const lines = [right, row('between', '\\boxed{4}'), wrong, row('behind', '\\boxed{4}')]
    const { code, stdout } = await run([], { input: lines.join('\n') })
    expect(code).toBe(0)
    const results = resultsIn(stdout)
    expect(results.map(({ id }) => id)).toEqual(['right', 'between', 'wrong', 'behind'])
    const [first, , third] = results
    // Where the system cannot keep programs apart none is run.
    const apart = first?.verdict === 'undecided' && first.reason.includes('sandbox')
    expect([first?.verdict, third?.verdict]).toEqual(apart ? ['undecided', 'undecided'] : ['correct', 'incorrect'])
  })

  test('without the Python that is named they are undecided, and say what to do', async () => {
    const { code, stdout } = await run(['--python', '/no/such/python'], { input: `${right}\n${wrong}\n` })
    expect(code).toBe(0)
    for (const { verdict, reason } of resultsIn(stdout)) {
      expect(verdict).toBe('undecided')
      expect(reason).toContain('Python cannot be started')
    }
  })

  test('Ctrl-C ends a program that runs', async () => {
    const first = row('first', '\\boxed{4}')
    // More than may reach their limit of processor time before the first line of progress.
    const endless = Array.from({ length: 8 }, (_, place) =>
      program(`endless-${place}`, 'def add(a, b):\n    while True: pass'),
    )
    const input = `${[first, ...endless].join('\n')}\n`
    const ran = await run([], { input, endInput: false, interruptAfter: /[1-9]\d* rows · / })
    expect(ran.code).toBe(130)
    const ids = resultsIn(ran.stdout).map(({ id }) => id)
    expect(ids[0]).toBe('first')
    expect(ids.length).toBeLessThan(endless.length)
  })
})

describe('ratchet verify with an output file', () => {
  const lines = Array.from({ length: 300 }, (_, id) => (id % 50 === 7 ? '{' : row(id, `\\boxed{${id % 9}}`)))

  test('goes on behind the results that are there, also behind one that was cut off', async () => {
    const input = await fileOf('resumed.jsonl', lines)
    const output = join(directory, 'results.jsonl')
    expect(await run([input, '-o', output])).toMatchObject({ code: 0, stdout: '' })
    const whole = await readFile(output, 'utf8')
    for (const kept of [0, 1, Math.floor(whole.length / 2), whole.length - 1, whole.length]) {
      await writeFile(output, whole.slice(0, kept))
      const { code, stderr } = await run([input, '--output', output])
      expect(code).toBe(0)
      expect(stderr).toContain('300 rows')
      const resumed = await readFile(output, 'utf8')
      expect(timeless(resumed)).toEqual(timeless(whole))
      const stays = whole.slice(0, whole.lastIndexOf('\n', kept - 1) + 1)
      expect(resumed.startsWith(kept === 0 ? '' : stays)).toBe(true)
    }
  })

  test.each([
    ['of other rows', [row('another', '\\boxed{4}')], 'the output is of other rows: line 1'],
    ['of more rows', lines.slice(0, 3), 'more results than the input has rows'],
  ])('refuses results %s and leaves them as they are', async (_what, other, told) => {
    const output = join(directory, 'kept.jsonl')
    await run([await fileOf('first.jsonl', lines.slice(0, 5)), '-o', output])
    const before = await readFile(output, 'utf8')
    const { code, stderr } = await run([await fileOf('second.jsonl', other), '-o', output])
    expect(stderr).toContain(told)
    expect(code).toBe(2)
    expect(await readFile(output, 'utf8')).toBe(before)
  })

  test.each(['my notes\n', 'my notes', '{"id":1,"gold":"7"}'])('refuses a file that holds %j', async (text) => {
    const output = join(directory, 'notes.txt')
    await writeFile(output, text)
    const { code, stderr } = await run([await fileOf('first.jsonl', lines), '-o', output])
    expect(code).toBe(2)
    expect(stderr).toContain('line 1 of')
    expect(await readFile(output, 'utf8')).toBe(text)
  })

  test('refuses the file of rows itself', async () => {
    const rows = join(directory, 'rows.jsonl')
    await writeFile(rows, row(1, '\\boxed{1}'))
    const { code, stderr } = await run([rows, '-o', rows])
    expect(code).toBe(2)
    expect(stderr).toContain('--output names the file of rows')
    expect(await readFile(rows, 'utf8')).toBe(row(1, '\\boxed{1}'))
  })

  test('Ctrl-C ends it with the results so far, and the same command goes on', async () => {
    const output = join(directory, 'interrupted.jsonl')
    const input = lines.map((line) => `${line}\n`)
    const first = await run(['-o', output], {
      input: input.slice(0, 100).join(''),
      endInput: false,
      interruptAfter: /[1-9]\d* rows · /,
    })
    expect(first.code).toBe(130)
    expect(first.stderr).toContain('interrupted; with --output the same command goes on here')
    const kept = resultsIn(await readFile(output, 'utf8')).length
    expect(kept).toBeGreaterThan(0)
    const second = await run(['-o', output], { input: input.join('') })
    expect(second.stderr).toContain(`300 rows, ${kept} of them were there already`)
    expect(resultsIn(await readFile(output, 'utf8')).map(({ id }) => id)).toEqual(
      lines.map((line, id) => (line === '{' ? null : id)),
    )
  })
})
