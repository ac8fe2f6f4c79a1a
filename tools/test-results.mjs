// What Jest's JSON report says, as three numbers. Run as a script it adds up several reports and ends with the one line:
//   node tools/test-results.mjs [--failed-stages N] REPORT.json ...
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** `{ passed, failed, skipped }`. A file that could not run, and a run without a report, count as one failure each. */
export function countTests(report) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The full names of the tests that did not run. */
export function skippedTests(report) {
  return report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending' || status === 'todo')
      .map(({ fullName }) => `${name}: ${fullName}`),
  );
}

/** The line every test run of the house ends with. */
export function totalsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function readReports(files) {
  return files.map((file) => {
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      return undefined;
    }
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [flag, stages, ...files] = process.argv.slice(2);
  const total = readReports(flag === '--failed-stages' ? files : process.argv.slice(2))
    .map(countTests)
    .reduce(
      (sum, one) => ({
        passed: sum.passed + one.passed,
        failed: sum.failed + one.failed,
        skipped: sum.skipped + one.skipped,
      }),
      { passed: 0, failed: flag === '--failed-stages' ? Number(stages) : 0, skipped: 0 },
    );
  console.log(totalsLine(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
}
