import { expect, test } from '@jest/globals'
import { canonicalJson } from './canonical-json.ts'

test.each<[string, unknown, string]>([
  [
    'the example of RFC 8785, section 3.2.2',
    {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    },
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  ],
  [
    'members are sorted by UTF-16 code units, as in section 3.2.3',
    { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  ],
  ['minus zero is zero', [-0], '[0]'],
  ['undefined members are left out', { a: undefined, b: 1 }, '{"b":1}'],
  ['a lone surrogate is escaped', '\ud800', '"\\ud800"'],
  ['nested members are sorted too', { b: [{ d: 1, c: {} }], a: [] }, '{"a":[],"b":[{"c":{},"d":1}]}'],
])('%s', (_title, value, expected) => expect(canonicalJson(value)).toBe(expected))

test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [[undefined]], [() => 1], [1n]])(
  'what JSON has no form for is refused',
  (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  },
)
