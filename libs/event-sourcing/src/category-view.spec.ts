import { openCategoryView, type CategoryViewOptions } from './category-view';
import { StoreUnavailableError } from './event-store';
import { InMemoryEventStore } from './in-memory.event-store';
import { InMemorySnapshotStore } from './in-memory.snapshot-store';
import { runCommand } from './run-command';
import { streamNamed } from './testing';
import { reasonsDecider } from './testing/reasons.decider';

type Options = CategoryViewOptions<'service', readonly string[]>;

let ids = 0;
const newId = () => `id-${(ids += 1)}`;
const open = (store: Options['store'], more: Partial<Options> = {}) =>
  openCategoryView({ store, category: 'service', decider: reasonsDecider, ...more });

async function add(store: InMemoryEventStore, id: string, ...reasons: string[]): Promise<void> {
  const environment = { store, now: () => '2026-01-02T03:04:05.678Z', newId };
  for (const reason of reasons)
    await runCommand(environment, reasonsDecider, streamNamed('service', id), { do: 'add', reason });
}

const plain = (view: { entries(): Iterable<[string, readonly string[]]> }) => Object.fromEntries(view.entries());

test('an empty category is caught up with nothing in it', async () => {
  const view = await open(new InMemoryEventStore());
  await view.caughtUp();
  expect([view.size, view.sequence]).toEqual([0, 0]);
  await view.close();
});

test('a view holds the state of every stream and follows the log', async () => {
  const store = new InMemoryEventStore();
  await add(store, 'one', 'a', 'b');
  const view = await open(store);
  await view.caughtUp();
  expect(plain(view)).toEqual({ one: ['a', 'b'] });
  await add(store, 'two', 'c');
  await add(store, 'one', 'd');
  await view.reached(4);
  expect(plain(view)).toEqual({ one: ['a', 'b', 'd'], two: ['c'] });
  expect(view.get('two')).toEqual(['c']);
  await view.close();
});

test('a closed view follows no longer, and says so to those who wait', async () => {
  const store = new InMemoryEventStore();
  const view = await open(store);
  const waiting = view.reached(1);
  await view.close();
  await expect(waiting).rejects.toThrow('the view of service is closed');
  await add(store, 'one', 'a');
  expect(view.size).toBe(0);
});

test('onCommit sees each commit once, in order, with the state after it; its failure is reported only', async () => {
  const store = new InMemoryEventStore();
  await add(store, 'one', 'a', 'b');
  const seen: unknown[] = [];
  const errors: unknown[] = [];
  const view = await open(store, {
    onError: (error) => errors.push(error),
    onCommit: ({ sequence }, state) => {
      seen.push([sequence, state.join('')]);
      throw new Error('the listener fails');
    },
  });
  await add(store, 'two', 'c');
  await view.reached(3);
  expect([seen, errors.length]).toEqual([
    [
      [1, 'a'],
      [2, 'ab'],
      [3, 'c'],
    ].map(([at, state]) => [at, state]),
    3,
  ]);
  await view.close();
});

describe('streams that need not be kept', () => {
  const keepOpen = (reasons: readonly string[]) => !reasons.includes('settled') && !reasons.includes('end');

  test('leave the memory, terminal or not', async () => {
    const store = new InMemoryEventStore();
    await add(store, 'open', 'a');
    await add(store, 'over', 'a', 'end');
    await add(store, 'quiet', 'a', 'settled');
    const view = await open(store, { keep: keepOpen });
    await view.caughtUp();
    expect(plain(view)).toEqual({ open: ['a'] });
    await add(store, 'open', 'settled');
    await view.reached(6);
    expect(plain(view)).toEqual({});
    await view.close();
  });

  test('are folded anew, from their beginning, when they get another commit', async () => {
    const store = new InMemoryEventStore();
    await add(store, 'quiet', 'a', 'settled');
    const states: string[] = [];
    const view = await open(store, { keep: keepOpen, onCommit: (_, state) => states.push(state.join(' ')) });
    await view.caughtUp();
    expect(view.size).toBe(0);
    await add(store, 'quiet', 'b');
    await view.reached(3);
    expect(states).toEqual(['a', 'a settled', 'a settled b']);
    expect(view.size).toBe(0);
    await view.close();
  });
});

test('a log that goes away while a stream is folded anew does not stop the view', async () => {
  const store = new InMemoryEventStore();
  await add(store, 'quiet', 'a', 'settled');
  let failures = 2;
  const flaky: Options['store'] = {
    append: (...append) => store.append(...append),
    read: (...read) => {
      if (failures-- > 0) throw new StoreUnavailableError('the log is away, as the test wants');
      return store.read(...read);
    },
    follow: (options) => store.follow(options),
    lastSequence: () => store.lastSequence(),
  };
  const errors: unknown[] = [];
  const states: string[] = [];
  const view = await open(flaky, {
    keep: () => false,
    onCommit: (_, state) => states.push(state.join(' ')),
    onError: (error) => errors.push(error),
  });
  await view.caughtUp();
  await add(store, 'quiet', 'b');
  await view.reached(3);
  expect(states.at(-1)).toBe('a settled b');
  expect(errors).toHaveLength(2);
  await view.close();
});

describe('a snapshot of the view', () => {
  const snapshots = (store: InMemorySnapshotStore, fingerprint = 'v1'): Options['snapshots'] => ({
    store,
    name: 'test',
    fingerprint,
    encode: (state) => state,
    decode: (json) => json as string[],
  });

  /** The positions that a view opened with these options folds before it is caught up. */
  async function replayed(store: InMemoryEventStore, options: Partial<Options>) {
    const sequences: number[] = [];
    const view = await open(store, { ...options, onCommit: ({ sequence }) => sequences.push(sequence) });
    await view.caughtUp();
    const entries = plain(view);
    await view.close();
    return { sequences, entries };
  }

  test('spares the replay of what it holds', async () => {
    const store = new InMemoryEventStore();
    const kept = new InMemorySnapshotStore();
    await add(store, 'one', 'a', 'b');
    await replayed(store, { snapshots: snapshots(kept) });
    await add(store, 'one', 'c');
    expect(await replayed(store, { snapshots: snapshots(kept) })).toEqual({
      sequences: [3],
      entries: { one: ['a', 'b', 'c'] },
    });
  });

  test('brings back what was gathered beside the states, as of the same commit', async () => {
    const store = new InMemoryEventStore();
    const kept = new InMemorySnapshotStore();
    const gatheredIn = async () => {
      let heard: string[] = [];
      const beside = { encode: () => heard, decode: (json: unknown) => (heard = json as string[]) };
      const onCommit: Options['onCommit'] = ({ stream, sequence }) => heard.push(`${stream.id} ${sequence}`);
      const view = await open(store, { snapshots: { ...snapshots(kept)!, beside }, onCommit });
      await view.caughtUp();
      await view.close();
      return heard;
    };
    await add(store, 'one', 'a');
    await add(store, 'two', 'b');
    expect(await gatheredIn()).toEqual(['one 1', 'two 2']);
    await add(store, 'one', 'c');
    expect(await gatheredIn()).toEqual(['one 1', 'two 2', 'one 3']);
    expect(await gatheredIn()).toEqual(['one 1', 'two 2', 'one 3']);
  });

  test('is not used with other rules, nor for another log', async () => {
    const store = new InMemoryEventStore();
    const kept = new InMemorySnapshotStore();
    await add(store, 'one', 'a', 'b');
    await replayed(store, { snapshots: snapshots(kept) });
    const other = new InMemoryEventStore();
    await add(other, 'one', 'A', 'B', 'C');
    expect((await replayed(store, { snapshots: snapshots(kept, 'v2') })).sequences).toEqual([1, 2]);
    await replayed(store, { snapshots: snapshots(kept) });
    expect(await replayed(other, { snapshots: snapshots(kept) })).toEqual({
      sequences: [1, 2, 3],
      entries: { one: ['A', 'B', 'C'] },
    });
  });
});

test('a log that cannot be read stops the view, and everybody who waits hears why', async () => {
  const store = new InMemoryEventStore();
  store.appendBytes(streamNamed('service', 'strange'), 'id', new TextEncoder().encode('no commit'));
  const errors: unknown[] = [];
  const view = await open(store, { onError: (error) => errors.push(error) });
  await expect(view.caughtUp()).rejects.toThrow('position 1 (service/strange)');
  expect(errors).toHaveLength(1);
  await view.close();
});
