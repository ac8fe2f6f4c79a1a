import type { DriverEnvironment } from '@hearth/driver-api';
import { drivers, openDriver } from './registry';

const environment: DriverEnvironment = {
  run: () => Promise.reject(new Error('nothing is run here')),
  log: { info: () => undefined, warn: () => undefined },
};

test('a driver stands under its own name', () => {
  for (const [name, definition] of Object.entries(drivers)) expect(definition.name).toBe(name);
});

test.each(['ceph', 'constructor', ''])(
  "the unknown driver '%s' is refused, and those that exist are named",
  async (name) => {
    await expect(openDriver(name, {}, environment)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('file'),
    });
  },
);

test.each([
  [{}, 'directory'],
  [{ directory: 'relative' }, 'directory: must be an absolute path'],
  [{ directory: '/a', pool: 'a#b' }, 'pool'],
  [{ directory: '/a', cloneMethod: 'magic' }, 'cloneMethod'],
  [{ directory: '/a', maxGib: 0 }, 'maxGib'],
  [{ directory: '/a', directroy: '/b' }, 'directroy'],
])('the configuration %j is refused by the name of the field', async (config, words) => {
  await expect(openDriver('file', config, environment)).rejects.toMatchObject({
    code: 'misconfigured',
    message: expect.stringContaining(words),
  });
});
