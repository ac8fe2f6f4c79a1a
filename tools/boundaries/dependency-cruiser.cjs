// Rules for dependency-cruiser, generated from boundaries.cjs. Run as part of `npm run lint`.
const { resolve } = require('node:path');
const { readProjects } = require('./projects.cjs');
const { crossingRules, generalRules, layerRules, npmRules, nodeRules, reachRules } = require('./rules.cjs');

const projects = readProjects(resolve(__dirname, '../..'));

module.exports = {
  forbidden: [
    ...generalRules(),
    ...crossingRules(),
    ...layerRules(projects),
    ...npmRules(projects),
    ...nodeRules(projects),
    ...reachRules(projects),
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '(^|/)dist/' },
    // Type-only imports count: a type is a dependency of the reader, if not of the machine.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
