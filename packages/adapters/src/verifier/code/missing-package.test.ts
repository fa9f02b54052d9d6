import { expect, test } from '@jest/globals'
import { missingPackage } from './missing-package.ts'

const reason = (module: string) =>
  `the program raises ModuleNotFoundError: No module named '${module}' when it is loaded`

test.each([
  ['a usual package that is not installed', reason('numpy'), 'import numpy as np\n', 'numpy'],
  ['a part of one', reason('scipy.special'), 'def f(n):\n  from scipy.special import comb\n', 'scipy'],
  ['a package that nobody has', reason('numpyx'), 'import numpyx\n', null],
  [
    'a usual one that the program does not import',
    reason('numpy'),
    'raise ModuleNotFoundError("No module named \'numpy\'")',
    null,
  ],
  ['another failure', 'the program raises ValueError', 'import numpy\n', null],
])('%s', (_title, because, program, expected) => expect(missingPackage(because, program)).toBe(expected))
