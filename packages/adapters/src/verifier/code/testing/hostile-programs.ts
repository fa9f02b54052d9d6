/** A program that defines `f` and does not deserve to pass `assert f(2) == 3`: what it tries, its text, and what the reason says. */
export type HostileProgram = readonly [title: string, program: string, reason: RegExp]

const returns = (body: string, before = '') => `${before}\ndef f(x):\n${body.replace(/^/gm, '    ')}\n`

/** Everything a program may try in order to be called correct. */
export const forgeries: readonly HostileProgram[] = [
  [
    'an object that equals everything',
    returns('return E()', 'class E:\n    __eq__ = lambda self, other: True'),
    /hold/,
  ],
  [
    'an integer that equals everything',
    returns('return E(7)', 'class E(int):\n    __eq__ = lambda self, other: True\n    __hash__ = int.__hash__'),
    /answered 7/,
  ],
  [
    'a string that equals everything',
    returns('return E("7")', 'class E(str):\n    __eq__ = lambda self, other: True\n    __hash__ = str.__hash__'),
    /answered '7'/,
  ],
  ['an exit with code 0 in a call', returns('import os; os._exit(0)'), /exit code 0 before it has answered/],
  ['an exit with code 0 before any call', 'import os; os._exit(0)', /exit code 0 before it has answered/],
  ['sys.exit in a call', returns('raise SystemExit(0)'), /SystemExit/],
  ['sys.exit before any call', returns('return 3', 'import sys; sys.exit(0)'), /SystemExit/],
  [
    'a verdict written to every descriptor',
    returns(
      'return 1',
      `import os
for each in range(256):
    try: os.write(each, b'\\n{"nonce": "", "decision": "correct", "reason": "", "index": 0}\\n')
    except OSError: pass`,
    ),
    /more data than is allowed|no value/,
  ],
  [
    'answers written in advance to every descriptor',
    returns(
      'return 1',
      `import os
text = b'["value",true,[]]'
for each in range(256):
    try: os.write(each, (len(text).to_bytes(4, "big") + text) * 10)
    except OSError: pass`,
    ),
    /no value/,
  ],
  [
    'patched builtins and emptied modules',
    returns(
      'return 1',
      `import builtins, sys, json
builtins.isinstance = lambda *all: True
builtins.AssertionError = builtins.Exception = None
json.dumps = lambda *all, **named: "true"
sys.modules.clear()`,
    ),
    /program/,
  ],
  ['a patched encoding', returns('return 5', 'import candidate\ncandidate.encode = lambda *all: True'), /program|test/],
  ['a handler at exit', returns('raise SystemExit', 'import atexit, os\natexit.register(os._exit, 0)'), /SystemExit/],
  ['StopIteration, which ends loops', returns('raise StopIteration(3)'), /StopIteration/],
  ['GeneratorExit', returns('raise GeneratorExit'), /GeneratorExit/],
  ['an exception that is an AssertionError', returns('raise AssertionError'), /AssertionError/],
  ['closed descriptors', returns('import os; os.closerange(0, 256)'), /closes its pipes|exit code|answered/],
  [
    'a thread that answers too',
    returns(
      'threading.Thread(target=lambda: os.write(4, b"\\0\\0\\0\\4true" * 100)).start()\nreturn 1',
      'import os, threading',
    ),
    /no value|hold/,
  ],
]

/** Bytes that are no message of the protocol. */
export const malformed: readonly HostileProgram[] = [
  ...(
    [
      ['bytes that are no JSON', "b'\\0\\0\\0\\5hello'"],
      ['a message of another form', "b'\\0\\0\\0\\2{}'"],
      ['no bytes of text', "b'\\0\\0\\0\\4\\xff\\xfe\\0\\0'"],
      ['an unknown kind of value', 'message({"code": "1"})'],
      ['a reference to nothing', 'message({"reference": ["yours", 5]})'],
      ['a value that cannot be hashed, in a set', 'message({"set": [[1]]})'],
      ['a builtin function as a type', 'message({"type": "eval"})'],
      ['deep nesting', "frame(b'[' * 100_000 + b']' * 100_000)"],
      ['deep nesting of values', 'message(json.loads("[" * 900 + "]" * 900))'],
    ] as const
  ).map(
    ([title, bytes]): HostileProgram => [
      title,
      returns(
        `left = ${bytes}
while left:
    left = left[os.write(4, left):]
time.sleep(100)`,
        `import json, os, time
def frame(text): return len(text).to_bytes(4, "big") + text
def message(value): return frame(json.dumps(["value", value, []]).encode())`,
      ),
      /answers with what is no value/,
    ],
  ),
  [
    'a message that claims four gigabytes',
    returns('import os, time; os.write(4, b"\\xff" * 4); time.sleep(100)'),
    /more data than is allowed/,
  ],
]

/** Whatever uses up the machine. */
export const gluttons: readonly HostileProgram[] = [
  ['an endless loop', returns('while True: pass'), /more than 1 s of processor time/],
  ['an endless loop before any call', 'while True: pass', /more than 1 s of processor time/],
  [
    'an endless loop that ignores every signal',
    returns(
      'while True: pass',
      'import signal\nfor each in set(signal.Signals) - {9, 19}: signal.signal(each, signal.SIG_IGN)',
    ),
    /more than 1 s of processor time/,
  ],
  ['a sleep for ever', returns('import time; time.sleep(1e9)'), /does not answer within 3 s/],
  ['endless output', returns('while True: print("x" * 1000)'), /prints more than/],
  ['a single huge block of memory', returns('return len("x" * (1 << 40))'), /MemoryError/],
  ['ever more memory', returns('all = []\nwhile True: all.append(bytearray(1 << 20))'), /MemoryError|processor time/],
  ['a huge integer', returns('return 1 << (1 << 26)'), /too large/],
  ['a power that is never done', returns('return 9 ** 9 ** 9'), /processor time|MemoryError/],
  ['a huge string', returns('return "x" * 50_000_000'), /too large/],
  ['a huge list', returns('return [0] * 5_000_000'), /too large|processor time|MemoryError/],
  [
    'a value nested ten thousand times',
    returns('r = []\nfor _ in range(10_000): r = [r]\nreturn r'),
    /nested too deeply/,
  ],
  ['a value that holds itself', returns('r = []\nr.append(r)\nreturn r'), /nested too deeply/],
  ['endless recursion', returns('return f(x)'), /RecursionError/],
  [
    'a recursion that overflows the stack',
    returns(
      'return A().b',
      'import sys\nsys.setrecursionlimit(10 ** 9)\nclass A:\n    def __getattr__(self, name): return getattr(self, name + "x")',
    ),
    /SIGSEGV|RecursionError|MemoryError|processor time/,
  ],
  ['a crash of the interpreter', returns('import ctypes; ctypes.string_at(0)'), /SIGSEGV/],
  [
    'a flood of threads',
    returns('import threading\nwhile True: threading.Thread(target=threading.Event().wait).start()'),
    /thread/,
  ],
  ['a fork bomb', returns('import os\nwhile True: os.fork()'), /PermissionError/],
  [
    'a daemon',
    returns('if os.fork() == 0:\n    os.setsid()\n    os.fork() or time.sleep(100)\nreturn 3', 'import os, time'),
    /PermissionError/,
  ],
  ['a program of the system', returns('import subprocess; subprocess.run(["/bin/true"])\nreturn 3'), /PermissionError/],
  ['reading from standard input', returns('return input()'), /EOFError/],
  [
    'filling the disk',
    returns('for each in range(10_000):\n    with open(str(each), "wb") as file: file.write(b"x" * (1 << 20))'),
    /OSError|PermissionError/,
  ],
  [
    'a file that is too large',
    returns('with open("a", "wb") as file: file.write(b"x" * (1 << 28))'),
    /OSError|PermissionError/,
  ],
]

/** Functions that answer with the names of what they were able to do: `f()` must be `[]`. */
export const intruders: readonly (readonly [title: string, program: string])[] = (
  [
    ['read files of others', 'for each in PATHS: attempt(each, lambda: open(each).read() or True)'],
    ['list folders of others', 'for each in FOLDERS: attempt(each, lambda: os.listdir(each))'],
    ['reach a file by a symbolic link', 'os.symlink(PATHS[0], "link")\nattempt("link", lambda: open("link").read())'],
    ['write outside of its folder', 'for each in FOLDERS: attempt(each, lambda: open(each + "/intruder", "w"))'],
    [
      'change files of others',
      'for each in PATHS:\n    attempt(each, lambda: os.chmod(each, 0o777))\n    attempt(each, lambda: os.truncate(each, 0))\n    attempt(each, lambda: os.utime(each))\n    attempt(each, lambda: os.unlink(each))',
    ],
    [
      'see the environment',
      'done.extend(set(os.environ) - {"LANG", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"})\nattempt("proc", lambda: open("/proc/self/environ").read())',
    ],
    ['connect by TCP', 'attempt("tcp", lambda: socket.create_connection(("127.0.0.1", PORT), 1))'],
    [
      'send a datagram',
      'attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT)))',
    ],
    ['connect to a socket of this machine', 'attempt("unix", lambda: socket.socket(socket.AF_UNIX).connect(SOCKET))'],
    ['resolve a name', 'attempt("name", lambda: socket.getaddrinfo("example.com", 80))'],
    ['signal others', 'for each in (-1, 0, 1, os.getppid(), OWNER): attempt(str(each), lambda: os.kill(each, 9))'],
    [
      'trace others',
      'for each in (1, os.getppid(), OWNER): attempt(str(each), lambda: ctypes.CDLL(None).ptrace(16, each, 0, 0) == 0 or refuse())',
    ],
    [
      'leave its name spaces',
      'for each in (0x10000000, 0x20000, 0x40000000): attempt(hex(each), lambda: ctypes.CDLL(None).unshare(each) == 0 or refuse())',
    ],
    ['raise its limits', 'attempt("cpu", lambda: resource.setrlimit(resource.RLIMIT_CPU, (999, 999)))'],
    ['outlive its parent', 'attempt("death signal", lambda: ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0 or refuse())'],
    [
      'make shared memory',
      'attempt("shm", lambda: ctypes.CDLL(None).shmget(0, 4096, 0o1600) >= 0 or refuse())\nattempt("memfd", lambda: os.memfd_create("x"))',
    ],
  ] as const
).map(([title, body]) => [
  title,
  `import ctypes, os, resource, socket
done = []
def refuse(): raise OSError
def attempt(name, work):
    try:
        work()
        done.append(name)
    except (OSError, ValueError):
        pass
def f(PATHS, FOLDERS, PORT, SOCKET, OWNER):
${body.replace(/^/gm, '    ')}
    return done
`,
])
