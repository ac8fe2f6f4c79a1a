// Runs one Jest project and ends with the line `N passed, N failed, N skipped`:
//   node tools/test.mjs unit|int|e2e [JEST ARGUMENT ...]     for instance: node tools/test.mjs int libs/read-model
// unit needs nothing but Node. int and e2e start real servers; with CI=true a skipped test fails the run, because on the
// machine that decides, a server that is missing must not look like a test that passed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build-options.mjs';
import { countTests, skippedTests, totalsLine } from './test-results.mjs';

/** Unit tests share nothing and take every core; the others bring servers that want the cores themselves. */
const workers = { unit: ['--maxWorkers=100%'], int: [], e2e: ['--runInBand'] };

const [project, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(workers, project ?? '')) {
  console.error(`usage: node tools/test.mjs ${Object.keys(workers).join('|')} [JEST ARGUMENT ...]`);
  process.exit(2);
}

const inCi = process.env.CI === 'true' || process.env.CI === '1';
const results = join(root, 'dist/test-results', `${project}.json`);
mkdirSync(join(root, 'dist/test-results'), { recursive: true });
rmSync(results, { force: true });

const jest = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/jest/bin/jest.js'),
    ...['-c', join(root, 'jest.config.cjs'), '--selectProjects', project, '--passWithNoTests'],
    ...['--json', '--outputFile', results, ...(inCi ? ['--ci'] : []), ...workers[project], ...rest],
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);

const report = readReport(results);
const totals = countTests(report);
let status = jest.status ?? 1;
if (!report) console.error(`test: Jest ended (${jest.signal ?? jest.status}) without a result for '${project}'.`);
if (inCi && project !== 'unit' && totals.skipped > 0) {
  console.error(`test: these tests were skipped, and in CI nothing may be:\n  ${skippedTests(report).join('\n  ')}`);
  status ||= 1;
}
console.log(totalsLine(totals));
process.exit(status || (totals.failed > 0 ? 1 : 0));

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
