// Each function turns one part of the table into dependency-cruiser rules. Paths are regular expressions on
// repository-relative paths with forward slashes; modules of Node appear as `fs`, packages as `node_modules/<name>/…`.
const { readFileSync } = require('node:fs');
const { resolve } = require('node:path');
const { ANY, mayUse, node, npm, npmOfProject, reaches, technologies } = require('./boundaries.cjs');

/** Files that are tests or serve tests only: specs, a lib's `/testing` door, and the folders testing/ and test/. */
const TEST_FILES = ['\\.spec\\.ts$', '/src/testing/', '^libs/testing/', '^test/'];
const TESTING_DOORS = ['^libs/[^/]+/src/testing/index\\.ts$', '^libs/testing/'];
const PACKAGE = '(^|/)node_modules/';

const inside = ({ folder }) => `^${folder}/`;
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** The files that `@hearth/<lib>` and `@hearth/<lib>/<door>` stand for, from the one list of aliases. */
const DOORS = doors(resolve(__dirname, '../../tsconfig.base.json'));

/** A pattern for the files of a package, or of its types; `@scope/*` covers the scope. */
const packagePattern = (name) => `${PACKAGE}(@types/)?${escaped(name).replace('/\\*', '/[^/]+')}/`;

function doors(tsconfig) {
  const { paths } = JSON.parse(readFileSync(tsconfig, 'utf8')).compilerOptions;
  return Object.values(paths).map(([file]) => `^${escaped(file)}$`);
}

function forbid(name, comment, from, to) {
  return { name, severity: 'error', comment, from, to };
}

/** Rules that know no layer. */
function generalRules() {
  return [
    forbid('no-cycle', 'Files form no circle: move what both need to a third file.', {}, { circular: true }),
    forbid('no-unresolvable', 'The import leads nowhere.', {}, { couldNotResolve: true }),
    forbid(
      'no-undeclared-package',
      'Every package is declared in package.json: what comes with another package may go with it.',
      {},
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-optional', 'npm-peer'] },
    ),
    forbid(
      'no-dev-package-in-production',
      'A devDependency is not there in production.',
      { path: '^(apps|libs)/', pathNot: TEST_FILES },
      { dependencyTypes: ['npm-dev'], pathNot: `${PACKAGE}@types/` },
    ),
    forbid(
      'no-test-code-in-production',
      'Production code uses neither @hearth/testing nor a /testing door nor a spec.',
      { path: '^(apps|libs)/', pathNot: TEST_FILES },
      { path: TEST_FILES },
    ),
  ];
}

/** How one project may be reached from another. */
function crossingRules() {
  const anotherLib = [
    { from: { path: '^libs/([^/]+)/' }, to: { path: '^libs/', pathNot: '^libs/$1/' } },
    { from: { path: '^(apps|tools|test)/' }, to: { path: '^libs/' } },
  ];
  return [
    ...anotherLib.map(({ from, to }) =>
      forbid('no-deep-import', 'A lib is entered by its door, @hearth/<lib>, only.', from, {
        ...to,
        pathNot: [...DOORS, to.pathNot].filter(Boolean),
      }),
    ),
    ...anotherLib.map(({ from, to }) =>
      forbid('no-relative-import-of-a-lib', 'Another lib is imported by its name, not by a path.', from, {
        ...to,
        dependencyTypesNot: ['aliased'],
      }),
    ),
    forbid(
      'no-own-name',
      'Inside a lib imports are relative.',
      { path: '^libs/([^/]+)/' },
      { path: '^libs/$1/', dependencyTypes: ['aliased'] },
    ),
    forbid(
      'no-app-to-app',
      'Apps meet through facts, not through imports.',
      { path: '^apps/([^/]+)/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
  ];
}

/** Who may use whom: one rule for production code and one for tests of each project. */
function layerRules(projects) {
  return projects.flatMap((project) => {
    const used = projects.filter(({ layer }) => mayUse[project.layer].includes(layer)).map(inside);
    const allowed = [inside(project), PACKAGE, ...used, ...looseFiles(project)];
    const comment = `The layer '${project.layer}' may use: ${mayUse[project.layer].join(', ') || 'nothing'}.`;
    const to = { dependencyTypes: ['local'] };
    return [
      forbid(
        `layer-${project.layer}`,
        comment,
        { path: inside(project), pathNot: TEST_FILES },
        { ...to, pathNot: allowed },
      ),
      forbid(
        `layer-${project.layer}-tests`,
        `${comment} Its tests also: testing, and every /testing door.`,
        { path: testFilesOf(project) },
        { ...to, pathNot: [...allowed, ...(project.layer === 'testing' ? [] : TESTING_DOORS)] },
      ),
    ];
  });
}

/** The scripts directly under tools/ belong to every tool and test; package.json tells apps and tools their version. */
function looseFiles({ layer }) {
  if (layer === 'app') return ['^package\\.json$'];
  return layer === 'tool' || layer === 'test' ? ['^package\\.json$', '^tools/[^/]+\\.[mc]js$'] : [];
}

function testFilesOf(project) {
  if (project.layer === 'testing' || project.layer === 'test') return [inside(project)];
  return [`${inside(project)}.*\\.spec\\.ts$`, `${inside(project)}src/testing/`];
}

/** Which packages production code may import. */
function npmRules(projects) {
  return projects
    .filter(({ layer }) => npm[layer] !== ANY)
    .map((project) => {
      const names = [...npm[project.layer], ...(npmOfProject[project.name] ?? [])];
      return forbid(
        `npm-${project.layer}`,
        `${project.folder} may import these packages: ${names.join(', ') || 'none'}.`,
        { path: inside(project), pathNot: TEST_FILES },
        { path: PACKAGE, pathNot: names.map(packagePattern) },
      );
    });
}

/** Which modules of Node production code may import. */
function nodeRules(projects) {
  return projects
    .filter(({ layer }) => node[layer] !== ANY)
    .map((project) =>
      forbid(
        `node-${project.layer}`,
        `${project.folder} may import these modules of Node: ${node[project.layer].join(', ') || 'none'}.`,
        { path: inside(project), pathNot: TEST_FILES },
        { dependencyTypes: ['core'], pathNot: node[project.layer].map((name) => `^(node:)?${name}$`) },
      ),
    );
}

/** What an app must not reach, however many libs lie between. */
function reachRules(projects) {
  return projects
    .filter(({ layer }) => layer === 'app')
    .flatMap((app) =>
      Object.entries(technologies)
        .filter(([technology]) => !reaches[app.name].includes(technology))
        .flatMap(([technology, packages]) => {
          const bringers = projects.filter(({ layer, reach }) => layer !== 'app' && reach.includes(technology));
          const paths = [...bringers.map(inside), ...packages.map(packagePattern)];
          if (paths.length === 0) return [];
          return forbid(
            `reach-${app.name}-not-${technology}`,
            `The app ${app.name} does not talk to ${technology}, nor does any lib it uses.`,
            { path: inside(app), pathNot: TEST_FILES },
            { path: paths, reachable: true },
          );
        }),
    );
}

module.exports = { crossingRules, generalRules, layerRules, nodeRules, npmRules, reachRules };
