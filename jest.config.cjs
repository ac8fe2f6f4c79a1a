// One Jest configuration for the whole house. The suffix of a test file says what it needs (docs/how-to/README.md):
// .spec and .prop.spec need nothing, .int.spec real servers or tools, .e2e.spec the running system.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

/** Path aliases live in tsconfig.base.json alone; the build and Jest derive theirs from it. */
function aliases() {
  const { paths } = JSON.parse(readFileSync(join(__dirname, 'tsconfig.base.json'), 'utf8')).compilerOptions;
  return Object.fromEntries(Object.entries(paths).map(([name, [file]]) => [`^${name}$`, `<rootDir>/${file}`]));
}

const shared = {
  rootDir: __dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools', '<rootDir>/test'],
  testEnvironment: 'node',
  globalSetup: '<rootDir>/tools/build-threads.mjs',
  setupFiles: ['<rootDir>/tools/threads-of-tests.ts'],
  moduleNameMapper: aliases(),
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
};

module.exports = {
  // A hang is a failure all the same; five seconds are short on a machine that does other work.
  testTimeout: 20_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['**/*.spec.ts'],
      testPathIgnorePatterns: ['\\.int\\.spec\\.ts$', '\\.e2e\\.spec\\.ts$', '/node_modules/', '/dist/'],
    },
    { ...shared, displayName: 'int', testMatch: ['**/*.int.spec.ts'] },
    { ...shared, displayName: 'e2e', testMatch: ['**/*.e2e.spec.ts'] },
  ],
};
