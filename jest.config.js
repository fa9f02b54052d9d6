const kinds = {
  unit: { testMatch: ['**/*.test.ts'], testPathIgnorePatterns: ['/node_modules/', '\\.(int|e2e)\\.test\\.ts$'] },
  integration: { testMatch: ['**/*.int.test.ts'], testTimeout: 120_000 },
  e2e: {
    testMatch: ['**/*.e2e.test.ts'],
    testTimeout: 900_000,
    globalSetup: './tools/testing/make-reference-directory.mjs',
    globalTeardown: './tools/testing/remove-reference-directory.mjs',
  },
}

export default {
  ...kinds[process.env['TEST_KIND'] ?? 'unit'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  maxWorkers: 2,
}
