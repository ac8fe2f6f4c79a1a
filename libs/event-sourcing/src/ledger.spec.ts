import type { Commit } from './event-store';
import { InMemoryEventStore } from './in-memory.event-store';
import { InMemorySnapshotStore } from './in-memory.snapshot-store';
import { openLedger, type LedgerOptions } from './ledger';
import { wasRefused } from './run-command';
import { streamNamed, unreliableStore, type AppendFate } from './testing';
import { reasonsDecider, type ReasonCommand } from './testing/reasons.decider';

type Options = LedgerOptions<'service', ReasonCommand, readonly string[]>;

let ids = 0;
const stream = streamNamed('service', 'host@backend');
const now = () => '2026-01-02T03:04:05.678Z';
const newId = () => `id-${(ids += 1)}`;
const add = (reason: string): ReasonCommand => ({ do: 'add', reason });
const open = (store: Options['store'], more: Partial<Options> = {}) =>
  openLedger({ store, stream, decider: reasonsDecider, now, newId, ...more });

async function commitsOf(store: InMemoryEventStore): Promise<Commit<'service'>[]> {
  const commits: Commit<'service'>[] = [];
  for await (const commit of store.read(stream)) commits.push(commit);
  return commits;
}

const jsonSnapshots = (
  store: InMemorySnapshotStore,
  fingerprint = 'v1',
  everyCommits = 1_000,
): Options['snapshots'] => ({
  store,
  fingerprint,
  everyCommits,
  encode: (state) => state,
  decode: (json) => json as string[],
});

describe('one ledger', () => {
  test('a command answers with the state after it, its own events and its position', async () => {
    const ledger = await open(new InMemoryEventStore());
    const answers = await Promise.all([ledger.submit(add('a')), ledger.submit({ do: 'add-pair', reason: 'b' })]);
    expect(answers).toMatchObject([
      { state: ['a'], events: [{ data: { reason: 'a' } }], sequence: 1 },
      { state: ['a', 'b', "b'"], events: [{ data: { reason: 'b' } }, { data: { reason: "b'" } }], sequence: 1 },
    ]);
    expect([ledger.state(), ledger.sequence()]).toEqual([['a', 'b', "b'"], 1]);
  });

  test('commands submitted together are decided in order and stored as one commit', async () => {
    const store = new InMemoryEventStore();
    const ledger = await open(store);
    const answers = await Promise.all([
      ledger.submit({ do: 'require', reason: 'a' }),
      ledger.submit(add('a')),
      ledger.submit(add('a')),
      ledger.submit({ do: 'require', reason: 'a' }),
    ]);
    expect(answers.map((answer) => (wasRefused(answer) ? 'refused' : answer.events.length))).toEqual([
      'refused',
      1,
      0,
      0,
    ]);
    const commits = await commitsOf(store);
    expect(commits).toHaveLength(1);
    expect(commits[0]?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  test('more commands than a commit holds become several commits, in order', async () => {
    const store = new InMemoryEventStore();
    const ledger = await open(store);
    const reasons = Array.from({ length: 600 }, (_, at) => `reason ${at}`);
    await Promise.all(reasons.map((reason) => ledger.submit(add(reason))));
    expect((await commitsOf(store)).map(({ events }) => events.length)).toEqual([256, 256, 88]);
    expect(ledger.state()).toEqual(reasons);
  });

  test('decisions too big for one commit together are stored apart, in UTF-8 bytes', async () => {
    const store = new InMemoryEventStore();
    const ledger = await open(store);
    await Promise.all([...'abcd'].map((letter) => ledger.submit(add(letter + '€'.repeat(60_000)))));
    expect((await commitsOf(store)).map(({ events }) => events.length)).toEqual([2, 2]);
  });

  test('a decision too big for any commit is refused alone', async () => {
    const ledger = await open(new InMemoryEventStore());
    const answers = await Promise.allSettled(
      [add('a'), add('x'.repeat(600_000)), add('b')].map((command) => ledger.submit(command)),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(ledger.state()).toEqual(['a', 'b']);
  });

  test.each(['exception', 'bad-event'] as const)(
    'a decider that fails with an %s fails one command, not those beside it',
    async (as) => {
      const ledger = await open(new InMemoryEventStore());
      const commands: ReasonCommand[] = [add('a'), { do: 'break', as }, add('b')];
      const answers = await Promise.allSettled(commands.map((command) => ledger.submit(command)));
      expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(ledger.state()).toEqual(['a', 'b']);
    },
  );

  test('at most one append is under way, and what comes meanwhile shares the next', async () => {
    const store = new InMemoryEventStore();
    let underWay = 0;
    let most = 0;
    let openGate = () => {};
    const gate = new Promise<void>((resolve) => (openGate = resolve));
    const slow: Options['store'] = {
      ...unreliableStore(store, () => 'done'),
      append: async (...append) => {
        most = Math.max(most, (underWay += 1));
        await gate;
        const result = await store.append(...append);
        underWay -= 1;
        return result;
      },
    };
    const ledger = await open(slow);
    const first = ledger.submit(add('a'));
    while (underWay === 0) await Promise.resolve();
    const others = [...'bcd'].map((letter) => ledger.submit(add(letter)));
    openGate();
    await Promise.all([first, ...others]);
    expect(most).toBe(1);
    expect((await commitsOf(store)).map(({ events }) => events.length)).toEqual([1, 3]);
  });

  test('a commit names what all its commands share, and nothing that only some do', async () => {
    const store = new InMemoryEventStore();
    const ledger = await open(store);
    await Promise.all([
      ledger.submit(add('a'), { correlationId: 'req-1', causationId: 'nudge' }),
      ledger.submit(add('b'), { correlationId: 'req-2', causationId: 'nudge' }),
      ledger.submit({ do: 'require', reason: 'a' }, { causationId: 'somebody else' }),
    ]);
    const [commit] = await commitsOf(store);
    expect(commit).toMatchObject({ causationId: 'nudge' });
    expect(commit).not.toHaveProperty('correlationId');
  });

  test('a closed ledger finishes what waits and takes no more', async () => {
    const store = new InMemoryEventStore();
    const ledger = await open(store);
    const last = ledger.submit(add('a'));
    await ledger.close();
    await expect(last).resolves.toMatchObject({ sequence: 1 });
    await expect(ledger.submit(add('b'))).rejects.toThrow('service/host@backend is closed');
  });
});

describe('two ledgers on one stream', () => {
  test('a conflict is read up and decided again', async () => {
    const store = new InMemoryEventStore();
    const [one, other] = await Promise.all([open(store), open(store)]);
    await one.submit(add('a'));
    const answers = await Promise.all([other.submit(add('a')), other.submit(add('b'))]);
    expect(answers).toMatchObject([{ events: [] }, { events: [{}] }]);
    expect(other.state()).toEqual(['a', 'b']);
  });

  test('refresh reads what the other has appended, and onCommit sees every commit once, in order', async () => {
    const store = new InMemoryEventStore();
    const seen: number[] = [];
    const [one, other] = await Promise.all([
      open(store, { onCommit: ({ sequence }) => seen.push(sequence) }),
      open(store),
    ]);
    await one.submit(add('a'));
    await other.submit(add('b'));
    await other.submit(add('c'));
    await one.refresh();
    expect(one.state()).toEqual(['a', 'b', 'c']);
    await one.submit(add('d'));
    expect(seen).toEqual([1, 2, 3, 4]);
  });
});

describe('a bad line', () => {
  const withFates = (store: InMemoryEventStore, ...fates: AppendFate[]) =>
    unreliableStore(store, (ordinal) => fates[ordinal]);

  test('an append that was lost rejects its commands, and the next one goes on', async () => {
    const store = new InMemoryEventStore();
    const ledger = await open(withFates(store, 'lost'));
    await expect(ledger.submit(add('a'))).rejects.toThrow('lost');
    expect(ledger.state()).toEqual([]);
    await ledger.submit(add('b'));
    expect(ledger.state()).toEqual(['b']);
  });

  test('an append whose answer was lost is found before the next decision', async () => {
    const store = new InMemoryEventStore();
    const ledger = await open(withFates(store, 'answer-lost'));
    await expect(ledger.submit(add('a'))).rejects.toThrow('answer was lost');
    expect(await ledger.submit(add('a'))).toMatchObject({ events: [], sequence: 1 });
    expect(await commitsOf(store)).toHaveLength(1);
  });

  test('an onCommit that throws is reported and changes nothing', async () => {
    const errors: unknown[] = [];
    const ledger = await open(new InMemoryEventStore(), {
      onError: (error) => errors.push(error),
      onCommit: () => {
        throw new Error('the listener fails');
      },
    });
    await ledger.submit(add('a'));
    expect([ledger.state(), errors]).toEqual([['a'], [expect.objectContaining({ message: 'the listener fails' })]]);
  });
});

describe('snapshots', () => {
  /** A store that counts the commits it hands out. */
  function counting(store: InMemoryEventStore) {
    const count = { commits: 0 };
    const counted: Options['store'] = {
      ...unreliableStore(store, () => 'done'),
      async *read(of, options) {
        for await (const commit of store.read(of, options)) {
          count.commits += 1;
          yield commit;
        }
      },
    };
    return { counted, count };
  }

  async function filled(snapshots: Options['snapshots']) {
    const store = new InMemoryEventStore();
    const ledger = await open(store, { snapshots });
    for (const letter of 'abcdefgh') await ledger.submit(add(letter));
    await ledger.close();
    return store;
  }

  test('a ledger starts from its snapshot and reads only what came after', async () => {
    const kept = new InMemorySnapshotStore();
    const store = await filled(jsonSnapshots(kept));
    await (await open(store)).submit(add('i'));
    const { counted, count } = counting(store);
    const ledger = await open(counted, { snapshots: jsonSnapshots(kept) });
    expect(ledger.state().join('')).toBe('abcdefghi');
    expect(count.commits).toBe(2);
  });

  test('a snapshot is saved as often as was asked for, not only at the end', async () => {
    const kept = new InMemorySnapshotStore();
    const ledger = await open(new InMemoryEventStore(), { snapshots: jsonSnapshots(kept, 'v1', 3) });
    for (const letter of 'abc') await ledger.submit(add(letter));
    expect(await kept.load('state/service/host@backend')).toMatchObject({ sequence: 3 });
  });

  test('a snapshot of other rules is not used', async () => {
    const kept = new InMemorySnapshotStore();
    const store = await filled(jsonSnapshots(kept));
    const { counted, count } = counting(store);
    const ledger = await open(counted, { snapshots: jsonSnapshots(kept, 'v2') });
    expect([ledger.state().join(''), count.commits]).toEqual(['abcdefgh', 8]);
  });

  test('a snapshot that cannot be decoded is reported and not used', async () => {
    const kept = new InMemorySnapshotStore();
    const store = await filled(jsonSnapshots(kept));
    const errors: unknown[] = [];
    const broken = {
      ...jsonSnapshots(kept)!,
      decode: () => {
        throw new Error('not of this shape');
      },
    };
    const ledger = await open(store, { snapshots: broken, onError: (error) => errors.push(error) });
    expect([ledger.state().join(''), errors.length]).toEqual(['abcdefgh', 1]);
  });

  test('a snapshot of a log that has lost its end, or of another log, is not used', async () => {
    const kept = new InMemorySnapshotStore();
    await filled(jsonSnapshots(kept));
    const [shorter, other] = [new InMemoryEventStore(), new InMemoryEventStore()];
    await (await open(shorter)).submit(add('only'));
    const otherLedger = await open(other);
    for (const letter of 'ABCDEFGHI') await otherLedger.submit(add(letter));
    expect((await open(shorter, { snapshots: jsonSnapshots(kept) })).state()).toEqual(['only']);
    expect((await open(other, { snapshots: jsonSnapshots(kept) })).state().join('')).toBe('ABCDEFGHI');
  });
});
