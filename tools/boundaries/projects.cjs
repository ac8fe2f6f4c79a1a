// Finds the Nx projects of the house and checks their tags against the table, so that no folder is outside the rules.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { mayUse, reaches, technologies } = require('./boundaries.cjs');

/** Folders whose every sub-folder is a project, and folders that are a project themselves. */
const PARENTS = ['libs', 'apps', 'tools'];
const SINGLES = ['test'];

/** Tags that end with the wanted prefix: `tagged(['layer:app'], 'layer:')` is `['app']`. */
function tagged(tags, prefix) {
  return tags.filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length));
}

function folders(root) {
  const children = PARENTS.filter((parent) => existsSync(join(root, parent))).flatMap((parent) =>
    readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${parent}/${entry.name}`),
  );
  return [...children, ...SINGLES.filter((folder) => existsSync(join(root, folder)))];
}

function layerProblem(tags) {
  const layers = tagged(tags, 'layer:');
  if (layers.length !== 1) return `needs exactly one layer: tag, and has ${layers.length}`;
  if (!(layers[0] in mayUse))
    return `has the layer '${layers[0]}', which tools/boundaries/boundaries.cjs does not know`;
  return undefined;
}

function reachProblem(name, tags) {
  const has = tagged(tags, 'reach:');
  const unknown = has.filter((technology) => !(technology in technologies));
  if (unknown.length > 0) return `has the unknown tag reach:${unknown[0]}`;
  if (!tags.includes('layer:app')) return undefined;
  const wanted = reaches[name];
  if (!wanted) return `is an app that has no line under 'reaches' in tools/boundaries/boundaries.cjs`;
  if ([...has].sort().join() !== [...wanted].sort().join()) {
    return `has reach tags [${has}], and tools/boundaries/boundaries.cjs says [${wanted}]`;
  }
  return undefined;
}

function readProject(root, folder) {
  const file = `${folder}/project.json`;
  if (!existsSync(join(root, file))) return { folder, problem: `${folder} has no project.json: an untagged project` };
  const { name, tags = [] } = JSON.parse(readFileSync(join(root, file), 'utf8'));
  const problem = layerProblem(tags) ?? reachProblem(name, tags);
  if (problem) return { folder, problem: `${file}: the project ${problem}` };
  return { folder, name, layer: tagged(tags, 'layer:')[0], reach: tagged(tags, 'reach:') };
}

/**
 * Every project of the repository at `root`: `{ folder, name, layer, reach }`.
 * Throws one Error that lists every folder without a project.json and every wrong or missing tag.
 */
function readProjects(root) {
  const found = folders(root).map((folder) => readProject(root, folder));
  const problems = found.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) throw new Error(`boundaries: ${problems.join('\nboundaries: ')}`);
  return found;
}

module.exports = { readProjects };
