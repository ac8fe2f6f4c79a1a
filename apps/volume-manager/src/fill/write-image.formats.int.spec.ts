import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FillHouse, qemuImg } from '../testing/fill-house';

let house: FillHouse;
beforeEach(async () => (house = await FillHouse.open()));
afterEach(() => house.close());

describe('what an image may be', () => {
  beforeEach(() => (house.bytes = randomBytes(64 * 1024)));

  test.each([
    ['a backing file', /backing-file/, ['-b', '/etc/hostname', '-F', 'raw']],
    ['an external data file', /data-file/, ['-o', 'data_file=data.raw']],
  ])('qcow2 with %s is refused before anything is opened', async (_, check, options) => {
    const path = house.at('evil.qcow2');
    await qemuImg(
      'create',
      '-f',
      'qcow2',
      ...options.map((option) => option.replace('data.raw', house.at('data.raw'))),
      path,
      '1M',
    );
    house.bytes = await readFile(path);
    await house.expectFailure(house.write({ diskFormat: 'qcow2' }), 'image.unacceptable', check);
  });
  test('qcow2 that claims to be raw is refused', async () => {
    house.bytes = await house.qcow2Of(await house.rawDisk());
    await house.expectFailure(house.write(), 'image.unacceptable', /format-mismatch/);
  });
  test('raw that claims to be qcow2 is refused', () =>
    house.expectFailure(house.write({ diskFormat: 'qcow2' }), 'image.unacceptable', /not acceptable/));
  test.each([
    ['disk format', { diskFormat: 'qed' }],
    ['container format', { containerFormat: 'ova' }],
  ])('an unknown %s is refused with what is supported, and not fetched', async (what, patch) => {
    await house.expectFailure(house.write(patch), 'image.unacceptable', new RegExp(`${what} .* not supported`));
    expect(house.asked).toBe(0);
  });
});
