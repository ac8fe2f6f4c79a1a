import { PromisedSizes } from './promised-sizes';

const nothing = async () => undefined;

test('the sum follows what is set and forgotten', () => {
  const sizes = new PromisedSizes();
  sizes.set('a', 3);
  sizes.set('b', 4);
  sizes.set('a', 5);
  sizes.forget('b');
  sizes.forget('b');
  expect(sizes.totalBytes).toBe(5);
});

test('failed work gives its room back, and keeps what was promised before', async () => {
  const sizes = new PromisedSizes(10);
  sizes.set('a', 3);
  await expect(sizes.holding('a', 9, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(sizes.totalBytes).toBe(3);
});

test('room that another call holds is not there', async () => {
  const sizes = new PromisedSizes(10);
  let release = () => {};
  const held = sizes.holding('a', 8, () => new Promise<void>((resolve) => (release = resolve)));
  await expect(sizes.holding('b', 3, nothing)).rejects.toMatchObject({ code: 'full', missingBytes: 1, object: 'b' });
  release();
  await held;
  expect(sizes.totalBytes).toBe(8);
});

test('a scan brings in what others did, and does not undo what happened meanwhile', async () => {
  const sizes = new PromisedSizes();
  sizes.set('gone', 1);
  sizes.set('grown', 2);
  async function* look() {
    yield { name: 'new', sizeBytes: 16 };
    sizes.set('made-meanwhile', 32);
    sizes.set('grown', 4);
    sizes.forget('removed-meanwhile');
    yield { name: 'grown', sizeBytes: 2 };
    yield { name: 'removed-meanwhile', sizeBytes: 64 };
  }
  await sizes.scan(look);
  expect(sizes.totalBytes).toBe(16 + 32 + 4);
});
