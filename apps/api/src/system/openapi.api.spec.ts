import { openApiDocument } from '@hearth/cinder-v3';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../../../package.json';
import { TestApi, tokens } from '../testing/test-api';
import { volumeId } from '../testing/volume-rows';

const file = join(__dirname, '../../../../docs/reference/openapi.json');
const document = openApiDocument(version);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => [method.toUpperCase(), path] as const),
);

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

test('the document that is checked in is the one that is served (npm run generate writes it)', () => {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  expect(readFileSync(file, 'utf8') === text).toBe(true);
});

test('every route that is served is described, and nothing else', () => {
  const pattern = (path: string) => path.replaceAll(/\{(\w+)\}/g, ':$1');
  const described = operations.map(([method, path]) => `${method} ${pattern(path)}`);
  const served = api.routes.filter((route) => !/^(HEAD|OPTIONS) /.test(route) && !route.includes('*'));
  expect([...new Set(served)].sort()).toEqual(described.sort());
});

test.each(operations)('%s %s is described with every status that it answers with to nonsense', async (method, path) => {
  const url = path.replace('{project_id}', 'demo').replace('{volume_id}', volumeId);
  const described = Object.keys((document.paths[path]![method.toLowerCase()] as { responses: object }).responses);
  for (const token of [null, tokens.reader, tokens.member, tokens.admin]) {
    const answer = await api.ask(method as 'GET', url, { token, ...(method === 'POST' && { body: {} }) });
    expect(described).toContain(String(answer.status));
  }
});
