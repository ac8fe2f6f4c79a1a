import { isGenerated, isSource, isTest, lineRule, type Rule } from './tree';

// The words these rules look for are spelled with a bracket, so that the rules do not find themselves.

const LINE_CHARACTERS_MAX = 140;
const FILE_LINES_MAX = 350;
const TEST_FILE_LINES_MAX = 600;

/** The wished-for lengths are 120 characters and 250 lines; these are where it stops. */
export const longLines: Rule = (tree) =>
  [...tree]
    .filter(([path]) => isSource(path) && !isGenerated(path))
    .flatMap(([path, text]) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          line.length > LINE_CHARACTERS_MAX && !/https?:\/\/\S{60,}/.test(line)
            ? [`${path}:${index + 1}: ${line.length} characters; at most ${LINE_CHARACTERS_MAX}`]
            : [],
        ),
    );

export const longFiles: Rule = (tree) =>
  [...tree]
    .filter(([path]) => isSource(path) && !isGenerated(path))
    .flatMap(([path, text]) => {
      const lines = text.split('\n').length - 1;
      const max = isTest(path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
      return lines > max ? [`${path}: ${lines} lines; at most ${max}`] : [];
    });

export const leftoverMarkers: Rule = lineRule((path) => !isGenerated(path), {
  pattern: /\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/,
  what: 'a marker of unfinished work: finish it, or write the issue',
});

export const narrowedTests: Rule = lineRule((path) => path.endsWith('.spec.ts'), {
  pattern: /\b(test|it|describe)\.(only|skip|todo)(\.each)?\(|\b(fit|xit|fdescribe|xdescribe|xtest)\(/,
  what: 'a test that is skipped, or that makes others be skipped',
  code: true,
});

export const forwardReferences: Rule = lineRule(isSource, {
  pattern: /\bforward[R]ef\(/,
  what: 'forwardRef hides a circle of modules',
  code: true,
});

/** Settings are parsed here; scripts and configurations at the root of the repository and of tools/ stand alone. */
const readsSettings = (path: string) =>
  /^(apps|tools)\/[^/]+\/src\/config\.ts$/.test(path) || /^(tools\/)?[^/]+\.[mc]js$/.test(path) || isTest(path);

export const environmentOutsideConfig: Rule = lineRule((path) => isSource(path) && !readsSettings(path), {
  pattern: /\bprocess(\?)?\.[e]nv\b/,
  what: 'the environment is read in config.ts only: take a parsed setting as an argument',
  code: true,
});

export const clockInPureLibs: Rule = lineRule((path) => /^libs\/(kernel|domain)\/src\//.test(path) && !isTest(path), {
  pattern: /\bnew Da[t]e\(|\bDa[t]e\.now\b|\bMath\.rand[o]m\b|\bperformance\.now\b|\bset(Timeout|Interval)\(/,
  what: 'a clock or chance in a pure lib: take it as an argument',
  code: true,
});

export const machinePaths: Rule = lineRule((path) => !isGenerated(path), {
  pattern: /(?<![\w.}/~-])\/(work|tmp|root)\/|(?<![\w.}/~-])\/(home|Users)\/[a-z]/,
  what: 'an absolute path of one machine: use a path relative to the repository, or a temporary directory',
});

const REGISTRY_HOSTS = [
  /\bregistry(-\d)?\.[\w-]+\.(org|com|io|net|dev)\b/,
  /\b([n]pmjs|[y]arnpkg)\.(org|com)\b/,
  /\b(deb|security)\.[d]ebian\.org\b/,
  /\b([g]hcr|[q]uay)\.io\b|\b[p]ypi\.org\b/,
];

export const registryHosts: Rule = lineRule(() => true, {
  pattern: new RegExp(REGISTRY_HOSTS.map(({ source }) => source).join('|')),
  what: 'the host of a package registry: which one is used is the business of the machine',
});

export const silencedRules: Rule = lineRule(isSource, {
  pattern: /eslint-disa[b]le(?!.*\s--\s+\S)/,
  what: 'a silenced lint rule without a reason: write it after `--`',
});
