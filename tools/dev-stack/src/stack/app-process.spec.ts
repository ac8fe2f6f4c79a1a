import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { appNames } from './app-plan';
import { nodeOptionsFor } from './app-process';

const root = resolve(__dirname, '../../../..');
const commandsIn = (file: string): string[] =>
  [...readFileSync(resolve(root, file), 'utf8').matchAll(/^\s*(?:command:|CMD) \[(.*)\]$/gm)].map(([, words]) =>
    words!.replace(/['"]/g, ''),
  );

test.each(appNames)('%s has the same options of Node as a container', (app) => {
  const wanted = ['node', ...nodeOptionsFor(app), `dist/apps/${app}/main.cjs`].join(', ');
  expect(commandsIn('docker-compose.yml')).toContain(wanted);
});

test('the image without a command is the api, with its options of Node', () => {
  expect(commandsIn('Dockerfile')).toEqual([['node', ...nodeOptionsFor('api'), 'dist/apps/api/main.cjs'].join(', ')]);
});
