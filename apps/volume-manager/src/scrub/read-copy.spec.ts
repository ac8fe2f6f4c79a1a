import { DriverError, type ObjectExtent, type ObjectReader } from '@hearth/driver-api';
import { eventually } from '@hearth/testing';
import type { Backend } from '../backends/backend';
import { ContentDigest, blockDigest } from '../fill/disk/content-digest';
import { type CopyRead, readCopy } from './read-copy';

const mib = 1024 * 1024;
const never = () => new Promise<never>(() => undefined);

/** An object of three blocks, the second of them a hole; its reader can be made to hang or fail, and tells what was done with it. */
class TestObject {
  opened = 0;
  closed = 0;
  /** Walks over the extents that have ended, whole or not. */
  walked = 0;
  openReader: () => Promise<ObjectReader> = async () => this.reader();
  read: (offset: number, target: Uint8Array) => Promise<void> = async (offset, target) =>
    void target.fill(offset / mib + 1);
  next: () => Promise<void> = () => Promise.resolve();

  readonly backend = {
    driver: {
      openReader: () => {
        this.opened += 1;
        return this.openReader();
      },
    },
  } as unknown as Backend;

  reader(): ObjectReader {
    const extents = () => this.extents();
    const close = async () => void (this.closed += 1);
    return { sizeBytes: 3 * mib, read: (offset, target) => this.read(offset, target), extents, close };
  }

  private async *extents(): AsyncGenerator<ObjectExtent> {
    try {
      for (const offset of [0, 2 * mib]) {
        await this.next();
        yield { offset, length: mib };
      }
    } finally {
      this.walked += 1;
    }
  }
}

const end = new AbortController();
const threads: Parameters<typeof readCopy>[0]['threads'] = {
  make: async ({ memory, offset, length }) => ({
    ...{ id: 0, runs: [], problem: undefined },
    digest: blockDigest(Buffer.from(memory, offset, length)),
  }),
};

function look(object: TestObject, patch: Partial<Parameters<typeof readCopy>[0]> = {}): Promise<CopyRead> {
  return readCopy({
    ...{ backend: object.backend, object: { pool: 'here', name: 'volume-1' }, stallMs: 30, threads },
    ...{ signal: end.signal, pace: () => Promise.resolve(), ...patch },
  });
}

/** A promise, and what settles it. */
function later<T>() {
  let settle!: (value: T) => void;
  const promise = new Promise<T>((resolve) => (settle = resolve));
  return { promise, settle };
}

test('a copy is read where it holds data, and closed', async () => {
  const object = new TestObject();
  const expected = new ContentDigest();
  for (const block of [0, 2]) expected.set(block, blockDigest(Buffer.alloc(mib, block + 1)));
  expect(await look(object)).toEqual({ status: 'read', contentDigest: expected.toString(), bytesRead: 2 * mib });
  expect(object).toMatchObject({ opened: 1, closed: 1, walked: 1 });
});

test.each([
  ['not-found', 'gone'],
  ['failed', 'unreadable'],
  ['busy', 'unanswered'],
  ['unavailable', 'unanswered'],
  ['misconfigured', 'unanswered'],
] as const)('a read that ends in %s makes it %s, and it is closed', async (code, status) => {
  const object = new TestObject();
  object.read = () => Promise.reject(new DriverError(code, 'the test wants it'));
  expect((await look(object)).status).toBe(status);
  expect(object).toMatchObject({ closed: 1, walked: 1 });
});

test('an error that is no driver’s tells nothing about the copy', async () => {
  const object = new TestObject();
  object.read = () => Promise.reject(new TypeError('a defect'));
  expect((await look(object)).status).toBe('unanswered');
});

describe('a backend that hangs', () => {
  test('while it opens: what it opened at last is closed', async () => {
    const object = new TestObject();
    const opening = later<ObjectReader>();
    object.openReader = () => opening.promise;
    const read = await look(object);
    expect(read.status).toBe('unanswered');
    opening.settle(object.reader());
    await eventually(() => object.closed === 1);
    await (read as Extract<CopyRead, { status: 'unanswered' }>).open;
  });

  test('while it reads: the reader is closed once the read has come back, not before', async () => {
    const object = new TestObject();
    const reading = later<void>();
    object.read = () => reading.promise;
    const read = await look(object);
    expect(read).toMatchObject({ status: 'unanswered', open: expect.any(Promise) as unknown });
    expect(object.closed).toBe(0);
    reading.settle();
    await eventually(() => object.closed === 1);
  });

  test('while it looks for data', async () => {
    const object = new TestObject();
    object.next = never;
    expect((await look(object)).status).toBe('unanswered');
  });

  test('while it closes: what was read counts', async () => {
    const object = new TestObject();
    object.openReader = async () => ({ ...object.reader(), close: never });
    expect((await look(object)).status).toBe('read');
  });

  test('while the process ends: nobody waits for it', async () => {
    const object = new TestObject();
    object.read = never;
    const ending = new AbortController();
    const read = look(object, { signal: ending.signal, stallMs: 2 ** 30 });
    await eventually(() => object.opened === 1);
    ending.abort(new Error('the process ends'));
    await expect(read).rejects.toThrow('the process ends');
  });
});

test('the pace ends it with its own error, and the walk over the data ends too', async () => {
  const object = new TestObject();
  const pace = () => Promise.reject(new DriverError('failed', 'not the backend’s'));
  await expect(look(object, { pace })).rejects.toThrow('not the backend’s');
  expect(object.closed).toBe(1);
  await eventually(() => object.walked === 1);
});
