// Rules about code. Rules about who may import whom are in tools/boundaries; what neither can say is in tools/tidy.
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const TESTS = ['**/*.spec.ts', '**/src/testing/**', 'libs/testing/**', 'test/**'];
const CONFIG_FILES = ['apps/*/src/config.ts', 'tools/*/src/config.ts', 'tools/*.{mjs,cjs}'];

const pure = 'the rules take time, ids and randomness as arguments: pass it in with the command';
const noForwardRef = {
  selector: "CallExpression[callee.name='forwardRef']",
  message: 'forwardRef hides a circle of modules: let the two meet through facts, or move what both need to a third.',
};
const environment = {
  object: 'process',
  property: 'env',
  message: "process.env is read in an app's or a tool's config.ts only: take a parsed setting as an argument.",
};

/** Mistakes that type information finds, and habits of the house. */
const everywhere = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/only-throw-error': ['error', { allowRethrowing: true }],
  '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-unnecessary-type-assertion': 'error',
  '@typescript-eslint/no-for-in-array': 'error',
  '@typescript-eslint/no-base-to-string': 'error',
  '@typescript-eslint/restrict-plus-operands': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
  ],
  '@typescript-eslint/no-unused-expressions': 'error',
  '@typescript-eslint/no-shadow': 'error',
};

const plainMistakes = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-constant-condition': ['error', { checkLoops: false }],
  'no-debugger': 'error',
  'no-empty': 'error',
  'no-fallthrough': 'error',
  'no-prototype-builtins': 'error',
  'no-self-assign': 'error',
  'no-self-compare': 'error',
  'no-template-curly-in-string': 'error',
  'no-unreachable': 'error',
  'no-unsafe-finally': 'error',
  'no-useless-catch': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'use-isnan': 'error',
};

/** One screen, one idea. The wished-for figures are 60 and 250 lines; these are where it stops. */
const size = {
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
  complexity: ['error', { max: 20, variant: 'modified' }],
  'max-depth': ['error', 4],
  'max-params': ['error', 5],
};

const restrictedSyntax = ['error', noForwardRef];
const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Exports have names, so that a search finds every use.',
};

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '.nx/', '.hearth/', 'coverage/', '**/__golden__/'] },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { ...plainMistakes, ...size },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...everywhere,
      'no-restricted-syntax': [...restrictedSyntax, noDefaultExport],
      'no-restricted-properties': ['error', environment],
    },
  },
  {
    name: 'the settings of an app or a tool are read here',
    files: CONFIG_FILES,
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    name: 'no clock, no chance, no process in the rules of the business',
    files: ['libs/kernel/src/**/*.ts', 'libs/domain/src/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['Date', 'performance', 'process', 'crypto', 'setTimeout', 'setInterval', 'setImmediate', 'fetch'].map(
          (name) => ({ name, message: `${name} in a pure lib: ${pure}.` }),
        ),
      ],
      'no-restricted-properties': [
        'error',
        environment,
        { object: 'Math', property: 'random', message: `Math.random in a pure lib: ${pure}.` },
        { object: 'globalThis', message: `globalThis in a pure lib: ${pure}.` },
      ],
    },
  },
  {
    name: 'tests are long lists of short cases, and set the environment of what they start',
    files: TESTS,
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      'no-template-curly-in-string': 'off',
    },
  },
);
