import fc from 'fast-check';
import { StoreUnavailableError } from './event-store';
import { InMemoryEventStore } from './in-memory.event-store';
import { Ledger, openLedger } from './ledger';
import { wasRefused } from './run-command';
import { streamNamed, unreliableStore, type AppendFate } from './testing';
import { reasonsDecider, type ReasonCommand } from './testing/reasons.decider';

const fate = fc.constantFrom<AppendFate>('done', 'done', 'done', 'lost', 'answer-lost');
/** Who submits which command, after how many turns of the event queue; few reasons, so that commands meet. */
const step = fc.record({
  ledger: fc.nat(1),
  reason: fc.nat(15).map(String),
  kind: fc.constantFrom('add', 'add', 'add-pair', 'require'),
  pause: fc.nat(4),
});

type ReasonsLedger = Ledger<'service', ReasonCommand, readonly string[]>;

/** As a caller does: what may or may not have been stored is submitted again. */
async function submitUntilAnswered(ledger: ReasonsLedger, command: ReasonCommand) {
  for (;;) {
    const answer = await ledger.submit(command).catch((error: unknown) => error);
    if (!(answer instanceof StoreUnavailableError)) return answer as Awaited<ReturnType<ReasonsLedger['submit']>>;
  }
}

test('however two ledgers interleave and whatever answers are lost, no command is lost or doubled', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.array(fate, { maxLength: 30 }), async (steps, fates) => {
      const log = new InMemoryEventStore();
      const store = unreliableStore(log, (ordinal) => fates[ordinal]);
      const stream = streamNamed('service');
      let ids = 0;
      const seen: [string[], string[]] = [[], []];
      const open = (at: 0 | 1) =>
        openLedger({
          store,
          stream,
          decider: reasonsDecider,
          now: () => '2026-01-02T03:04:05.678Z',
          newId: () => `${stream.id}-${(ids += 1)}`,
          onCommit: ({ id }) => seen[at].push(id),
        });
      const ledgers = [await open(0), await open(1)] as const;

      const answers: Promise<void>[] = [];
      for (const { ledger, reason, kind, pause } of steps) {
        for (let turn = 0; turn < pause; turn += 1) await Promise.resolve();
        const command = { do: kind, reason } as ReasonCommand;
        answers.push(
          submitUntilAnswered(ledgers[ledger as 0 | 1], command).then((answer) => {
            if (kind === 'require') return;
            // What was answered is stored, and seen by the one who answered.
            if (wasRefused(answer)) throw new Error('an addition is never refused');
            expect(ledgers[ledger as 0 | 1].state()).toContain(reason);
          }),
        );
      }
      await Promise.all(answers);
      await Promise.all(ledgers.map((ledger) => ledger.refresh()));

      const commits = [];
      for await (const commit of log.read(stream)) commits.push(commit);
      const stored = commits.flatMap(({ events }) => events.map(({ data }) => (data as { reason: string }).reason));
      const wanted = new Set(steps.filter(({ kind }) => kind !== 'require').map(({ reason }) => reason));
      expect(new Set(stored.filter((reason) => !reason.endsWith("'")))).toEqual(wanted);
      expect(stored).toHaveLength(new Set(stored).size);
      for (const at of [0, 1] as const) {
        expect(ledgers[at].state()).toEqual(stored);
        expect(seen[at]).toEqual(commits.map(({ id }) => id));
      }
    }),
    { numRuns: 300 },
  );
});
