import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A rule broken, and the file that broke it, relative to the clone. */
export interface Violation {
  readonly rule: string;
  readonly from: string;
}

/** How a guard ended: what it found, or why it refused to look at all. */
export interface Verdict {
  readonly accepted: boolean;
  readonly violations: readonly Violation[];
  readonly message: string;
}

/** A fresh clone of this repository's last commit in a temporary folder, with the packages of this one. */
export interface Clone {
  /** Creates or replaces a file. */
  write(file: string, text: string): void;
  /** Adds to the end of a file. */
  append(file: string, text: string): void;
  remove(file: string): void;
  /** Runs dependency-cruiser with the table of the house. */
  checkBoundaries(): Verdict;
  /** Runs ESLint on some files. */
  lint(files: readonly string[]): Verdict;
  dispose(): void;
}

const repository = resolve(__dirname, '../..');

/** Throws when git cannot clone, naming git's reason. */
export function freshClone(): Clone {
  const root = mkdtempSync(join(tmpdir(), 'hearth-boundaries-'));
  const cloned = spawnSync('git', ['clone', '--quiet', '--depth', '1', `file://${repository}`, root], {
    encoding: 'utf8',
  });
  if (cloned.status !== 0) {
    rmSync(root, { recursive: true, force: true });
    throw new Error(`git could not clone ${repository}: ${cloned.stderr || String(cloned.error)}`);
  }
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  return {
    write: (file, text) => {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    },
    append: (file, text) => appendFileSync(join(root, file), text),
    remove: (file) => rmSync(join(root, file), { recursive: true }),
    checkBoundaries: () => checkBoundaries(root),
    lint: (files) => lint(root, files),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}

function run(root: string, script: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(repository, 'node_modules', script), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

function checkBoundaries(root: string): Verdict {
  const config = ['--config', 'tools/boundaries/dependency-cruiser.cjs', '--output-type', 'json'];
  const { status, stdout, stderr } = run(root, 'dependency-cruiser/bin/dependency-cruise.mjs', [
    ...config,
    ...['apps', 'libs', 'tools', 'test'],
  ]);
  if (!stdout.startsWith('{')) return { accepted: status === 0, violations: [], message: `${stdout}${stderr}` };
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { from: string; to: string; rule: { name: string; severity: string } }[] };
  };
  const violations = summary.violations.map(({ from, rule }) => ({ rule: rule.name, from }));
  const message = summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`).join('\n');
  return { accepted: violations.length === 0, violations, message };
}

function lint(root: string, files: readonly string[]): Verdict {
  const { status, stdout, stderr } = run(root, 'eslint/bin/eslint.js', ['--format', 'json', ...files]);
  if (!stdout.startsWith('[')) return { accepted: false, violations: [], message: `${stdout}${stderr}` };
  const reports = JSON.parse(stdout) as { filePath: string; messages: { ruleId: string | null; message: string }[] }[];
  const found = reports.flatMap(({ filePath, messages }) =>
    messages.map(({ ruleId, message }) => ({
      rule: ruleId ?? 'parse',
      from: filePath.split(/hearth-boundaries-[^/]+\//)[1] ?? filePath,
      message,
    })),
  );
  const message = found.map(({ from, rule, message: text }) => `${from}: ${rule}: ${text}`).join('\n') + stderr;
  return { accepted: status === 0, violations: found, message };
}
