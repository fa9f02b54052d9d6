import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import type { Problem } from '@ratchet/domain/problem.ts'
import { Verdict } from '@ratchet/domain/verdict.ts'
import { type CodeVerifierSettings, createCodeVerifier } from './code-verifier.ts'
import { sandboxScript } from './testing/interpreters.ts'

const directory = mkdtempSync(join(tmpdir(), 'ratchet-code-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const settings: CodeVerifierSettings = {
  python: process.env['PYTHON'] ?? 'python3',
  script: sandboxScript,
  env: process.env,
  limits: { cpuSeconds: 2, wallSeconds: 6 },
  temporaryDirectory: directory,
}
const verifier = createCodeVerifier(settings)

const problem = (gold: string, prompt = 'Write f.'): Problem => ({
  id: 'p',
  prompt,
  verification: { kind: 'code', gold: [gold] },
})
const fenced = (...programs: string[]) => programs.map((each) => `So:\n\`\`\`python\n${each}\n\`\`\`\n`).join('\n')
const stub = 'import math\n\ndef helper(x):\n    return x * 2\n\ndef f(x: int) -> int:\n    """Half of helper."""\n'
const increment = 'def f(x):\n    return x + 1'

describe('a program is correct when', () => {
  test.each([
    ['every assertion holds', problem('assert f(1) == 2\nassert f(2) == 3'), increment],
    [
      'a check that is called holds',
      problem('def check(candidate):\n    assert candidate(1) == 2\n\ncheck(f)'),
      increment,
    ],
    [
      'the check that is left to call holds',
      problem('def check(candidate):\n    assert candidate(4) == 4', stub),
      '    return math.floor(x)',
    ],
    ['it stands in the last block', problem('assert f(1) == 2'), fenced('def f(x):\n    return x', increment)],
    [
      'its blocks together define what is needed',
      problem('assert f(1) == g(1)'),
      fenced(increment, 'def g(x): return 2'),
    ],
    [
      'the last block needs an earlier one',
      problem('assert f(1) == 2'),
      fenced('def g(x): return x', 'def f(x): return g(x) + 1'),
    ],
    ['an example follows it in a block of its own', problem('assert f(1) == 2'), fenced(increment, 'print(f(1))')],
    ['it continues the prompt', problem('assert f(4) == 4', stub), '    return x'],
    ['it continues the prompt without indentation', problem('assert f(4) == 4', stub), 'y = x\nreturn y'],
    [
      'it leaves out the imports of the prompt',
      problem('assert f(4) == 4', stub),
      'def f(x):\n    return math.floor(x)',
    ],
    ['it is named like a builtin', problem('assert sum(1, 2) == 3'), 'def sum(a, b): return a + b'],
    [
      'test functions that nobody calls hold',
      problem('from solution import f\n\ndef test_f():\n    assert f(1) == 2'),
      increment,
    ],
    [
      'cases of unittest hold',
      problem(
        'import unittest\nclass Cases(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(1), 2)',
      ),
      increment,
    ],
    [
      'it defines a class as asked',
      problem(
        's = S()\ns.push([1])\ns.push(2)\nassert len(s) == 2 and 2 in s\nassert s.pop() == 2 and s.items == [[1]]',
      ),
      'class S:\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n    def pop(self): return self.items.pop()\n    def __len__(self): return len(self.items)\n    def __contains__(self, x): return x in self.items',
    ],
    [
      'values of its class are equal among themselves',
      problem('assert V(1) + V(2) == V(3)\nassert V(1) != V(2)\nassert len({V(1), V(1)}) == 1'),
      'from dataclasses import dataclass\n@dataclass(frozen=True)\nclass V:\n    x: int\n    def __add__(self, other): return V(self.x + other.x)',
    ],
    [
      'it raises what is expected',
      problem('try:\n    f(1)\nexcept Wrong as error:\n    assert error.args == ("no", 1)\nelse:\n    assert False'),
      'class Wrong(ValueError): pass\ndef f(x): raise Wrong("no", x)',
    ],
    [
      'it changes its argument in place',
      problem('a = [[2], [1]]\nb = a[0]\nassert f(a) is a\nassert a == [[2, 9], [1]] and b == [2, 9]'),
      'def f(a):\n    a[0].append(9)\n    return a',
    ],
    [
      'it calls what it is given',
      problem('assert f(lambda x: x + 1, [1]) == [2]\nassert f(len, ["ab"]) == [2]'),
      'def f(g, all): return [g(x) for x in all]',
    ],
    [
      'it reads and changes an object of the test',
      problem(
        'class N:\n    def __init__(self, v, n=None): self.v, self.n = v, n\na = N(1, N(2))\nassert f(a) == 3\nassert a.v == 0',
      ),
      'def f(n):\n    s = 0\n    while n:\n        s, n.v, n = s + n.v, 0, n.n\n    return s',
    ],
    ['it yields', problem('assert list(f(3)) == [0, 1, 2]'), 'def f(n):\n    for x in range(n): yield x'],
    ['it is asynchronous', problem('import asyncio\nassert asyncio.run(f(1)) == 2'), 'async def f(x): return x + 1'],
    [
      'it uses threads',
      problem('assert f() == [0, 1]'),
      'from concurrent.futures import ThreadPoolExecutor\ndef f():\n    with ThreadPoolExecutor(4) as pool: return list(pool.map(abs, [0, -1]))',
    ],
    ['it prints', problem('assert f(1) == 2'), `print('x')\n${increment}`],
  ])('%s', async (_title, each, solution) => {
    const verdict = await verifier.verify(each, solution)
    expect(verdict).toMatchObject({
      decision: 'correct',
      reason: expect.stringMatching(/^all \d+ checks of the test program hold$/),
    })
    expect(Verdict.parse(verdict)).toEqual(verdict)
  })

  test('values of every type of data arrive as they are', async () => {
    const values = `[None, True, 1 << 100, -1.5, 1j, "\\ud800é", b"a", bytearray(b"b"), (1, (2,)), {1: {2: [3]}}, {1, "a"}, frozenset([1]), range(3),
      Decimal("1.10"), Fraction(1, 3), datetime(2020, 1, 2, 3), date(2020, 1, 2), timedelta(1), OrderedDict(a=1), Counter("aab"), deque([1])]`
    const imports =
      'from decimal import Decimal\nfrom fractions import Fraction\nfrom datetime import datetime, date, timedelta\nfrom collections import OrderedDict, Counter, deque'
    const tests = `${imports}\nfor each, own in zip(${values}, g(), strict=True):\n    assert f(each) == each == own and type(f(each)) is type(each), each\nassert math.isnan(f(math.nan))`
    const verdict = await verifier.verify(problem(tests), `${imports}\ndef f(x): return x\ndef g(): return ${values}`)
    expect(verdict).toMatchObject({ decision: 'correct', reason: 'all 22 checks of the test program hold' })
  })
})

describe('a program is incorrect, with the reason, when', () => {
  test.each([
    [
      'an assertion fails',
      problem('assert f(1) == 2\nassert f(2) == 4'),
      increment,
      'line 2 of the test, `assert f(2) == 4` does not hold; the last call answered 3',
    ],
    [
      'it raises',
      problem('assert f(1) == 2'),
      'def f(x):\n    raise ValueError("no")',
      "ValueError: 'no' is raised at line 1",
    ],
    [
      'it raises when it is loaded',
      problem('assert f(1) == 2'),
      `${increment}\nassert f(1) == 3, "mine"`,
      'raises AssertionError: mine when it is loaded',
    ],
    ['it does not define what is tested', problem('assert f(1) == 2'), 'def g(x): return 2', 'does not define f'],
    [
      'it is no Python',
      problem('assert f(1) == 2'),
      fenced('def f(x) return 2'),
      "is no Python: expected ':' (line 1)",
    ],
    ['there is none', problem('assert f(1) == 2'), 'I do not know.', 'is no Python'],
    ['the solution is empty', problem('assert f(1) == 2'), '', 'no program'],
    ['it answers with another type', problem('assert f(1) + 1 == 2'), 'def f(x): pass', 'TypeError at line 1'],
    [
      'it replaces a finished function of the prompt',
      problem('assert helper(f(3)) == 6', stub),
      'def helper(x): return 6\ndef f(x): return 0',
      'does not hold',
    ],
    [
      'it hides the failure of a check that it calls',
      problem('def check(x):\n    assert x == 2\nassert f(check) == 1'),
      'def f(check):\n    try: check(1)\n    except BaseException: return 1',
      'line 2 of the test',
    ],
    [
      'its object pretends to be a number',
      problem('assert abs(f(1) - 0.3) < 1e-6'),
      'class E:\n    __sub__ = __rsub__ = lambda self, other: 0.0\ndef f(x): return E()',
      'TypeError',
    ],
    [
      'its object pretends to be a text',
      problem('assert f(1).startswith("a")'),
      'class E:\n    def startswith(self, other): return True\ndef f(x): return E()',
      'AttributeError',
    ],
    [
      'it stops a loop of the test',
      problem('assert f(0) == 0\nassert all(map(lambda x: f(x) == 1, [1, 2]))'),
      'def f(x):\n    if x: raise StopIteration\n    return 0',
      'StopIteration',
    ],
  ])('%s', async (_title, each, solution, reason) => {
    const verdict = await verifier.verify(each, solution)
    expect(verdict).toMatchObject({ decision: 'incorrect', reason: expect.stringContaining(reason) })
  })
})

describe('nothing is decided when', () => {
  test.each([
    ['the test program is no Python', problem('assert f(1 =='), increment, 'the test program is no Python'],
    ['the test program checks nothing', problem('f(1)'), increment, 'checks nothing'],
    ['the test program checks nothing of the program', problem('assert True\nf(1)'), increment, 'checks nothing'],
    [
      'the test program never calls its check',
      problem('def check(c):\n    assert c(1) == 2\nf(1)'),
      increment,
      'checks nothing',
    ],
    [
      'the test program fails before it asks',
      problem('1 / 0\nassert f(1) == 2'),
      increment,
      'fails by itself: ZeroDivisionError at line 1',
    ],
    [
      'the test program needs what is not installed',
      problem('import no_such_module\nassert f(1) == 2'),
      increment,
      'no_such_module',
    ],
    [
      'the test program never ends',
      problem('assert f(1) == 2\nwhile True: pass'),
      increment,
      'the examiner is ended by SIGKILL',
    ],
  ])('%s', async (_title, each, solution, reason) => {
    const verdict = await verifier.verify(each, solution)
    expect(verdict).toMatchObject({
      decision: 'undecided',
      reason: expect.stringContaining(reason),
      verifier: 'code@1',
    })
  })

  test('there is no Python', async () => {
    const { decision, reason } = await createCodeVerifier({ ...settings, python: join(directory, 'none') }).verify(
      problem('assert f(1) == 2'),
      increment,
    )
    expect([decision, reason]).toEqual(['undecided', expect.stringContaining('install Python 3.10 or newer')])
  })
})

test('verdicts do not depend on chance: sets have one order, and random numbers one beginning', async () => {
  const gold = problem('import random\nassert f({"a", "b", "c"}) == [random.random(), 0]')
  const program = 'import random\ndef f(x): return [list(x), random.random()]'
  const verdicts = await Promise.all(Array.from({ length: 3 }, () => verifier.verify(gold, program)))
  expect(new Set(verdicts.map(({ reason }) => reason)).size).toBe(1)
})

test('of a long program the beginning is kept', async () => {
  const { decision, extracted } = await verifier.verify(
    problem('assert f(1) == 2'),
    `${increment}\n${'# more\n'.repeat(5000)}`,
  )
  expect(decision).toBe('correct')
  expect(extracted).toHaveLength(10_001)
})

test('a problem without a test program is undecided', async () => {
  const other: Problem = { id: 'p', prompt: 'f', verification: { kind: 'exact', gold: ['4'] } }
  expect(await verifier.verify(other, increment)).toMatchObject({ decision: 'undecided' })
})
