import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { resolve } from 'node:path';
import { fuzzApi } from './fuzz-api';

let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

test('a minute of requests, most of them bad, breaks no promise of the api', async () => {
  const lines: string[] = [];
  const printed = jest.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  const options = { minutes: 1, seed: 1, directory: directory.path };
  const code = await fuzzApi(options, resolve(__dirname, '../../../..')).finally(() => printed.mockRestore());
  expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([]);
  expect(code).toBe(0);
  // So much is answered on a slow machine too: an api that refuses everything would keep its promises as well.
  const [, done = '0'] = /^(\d+) of \d+ operations done/m.exec(lines.join('')) ?? [];
  expect(Number(done)).toBeGreaterThan(90);
  expect(lines.join('')).not.toMatch(
    /only refused:.* (volumes\.create|volumes\.show|snapshots\.create|types\.create),/,
  );
}, 240_000);
