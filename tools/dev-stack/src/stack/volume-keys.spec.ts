import { type TemporaryDirectory, temporaryDirectory } from '@hearth/testing';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeKeysDirectory } from './volume-keys';

let state: TemporaryDirectory;
beforeEach(async () => {
  state = await temporaryDirectory('hearth-volume-keys-');
});
afterEach(() => state.remove());

test('keys of volumes are for nobody but whoever runs the stack', async () => {
  const directory = await makeKeysDirectory(state.path, { HEARTH_BARBICAN_URL: '' });
  expect(directory).toBe(join(state.path, 'volume-keys'));
  expect((await stat(directory!)).mode & 0o777).toBe(0o700);
  expect(await makeKeysDirectory(state.path, {})).toBe(directory);
});

test.each(['HEARTH_VOLUME_KEYS_DIRECTORY', 'HEARTH_BARBICAN_URL', 'HEARTH_KEYSTONE_URL'])(
  'where %s says where they are, no folder is made',
  async (name) => {
    expect(await makeKeysDirectory(state.path, { [name]: '/somewhere' })).toBeUndefined();
    expect(await readdir(state.path)).toEqual([]);
  },
);
