import type { Commit } from '@hearth/event-sourcing';
import fc from 'fast-check';
import { anyLog } from '../testing/any-log';
import { rowsOf } from '../testing/given';
import type { FactRows } from './fact-rows';

test('P10: at every moment an entry is in one state at the most, and its last one is what it is', () => {
  fc.assert(
    fc.property(anyLog, (commits) => {
      const rows = rowsOf(commits);
      for (const entry of rows.cacheEntries.values()) {
        const states = rows.cacheEntryStates
          .values()
          .filter(({ pool, generation }) => pool === entry.pool && generation === entry.generation)
          .sort((one, other) => one.sequence - other.sequence);
        const open = states.filter(({ validTo }) => validTo === null);
        expect(open.map(({ status, sizeGib, suspended }) => ({ status, sizeGib, suspended }))).toEqual(
          entry.status === 'reaped'
            ? []
            : [{ status: entry.status, sizeGib: entry.sizeGib, suspended: entry.suspended }],
        );
        for (const [at, { validFrom, validTo }] of states.entries()) {
          expect(validTo === null || validFrom <= validTo).toBe(true);
          const next = states[at + 1];
          if (next) expect(validTo! <= next.validFrom).toBe(true);
        }
      }
    }),
  );
});

/** The same facts, stored and recorded by clocks that jump: seconds, one for each commit and all over again. */
const bySuchClocks = (commits: readonly Commit[], stored: readonly number[], recorded: readonly number[]): Commit[] => {
  const instant = (seconds: readonly number[], at: number) =>
    new Date(Date.UTC(2026, 0, 2, 3, 4, seconds[at % seconds.length])).toISOString();
  return commits.map((commit, at) => ({
    ...commit,
    storedAt: instant(stored, at),
    recordedAt: instant(recorded, at),
  }));
};
const seconds = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 80 });

test('P10: clocks that differ and go back leave no gap and no overlap', () => {
  fc.assert(
    fc.property(anyLog, seconds, seconds, (commits, stored, recorded) => {
      for (const { validFrom, validTo } of rowsOf(bySuchClocks(commits, stored, recorded)).cacheEntryStates.values()) {
        expect(validTo === null || validFrom <= validTo).toBe(true);
      }
    }),
  );
});

test('P10: what is told of a moment up to the newest of the log is told for good', () => {
  fc.assert(
    fc.property(anyLog, seconds, seconds, fc.nat(), (commits, stored, recorded, cutAt) => {
      const log = bySuchClocks(commits, stored, recorded);
      const known = rowsOf(log.slice(0, 1 + (cutAt % log.length)));
      const later = rowsOf(log);
      const newest = known.logClock.get({ name: 'facts' })!.at;
      for (const moment of momentsOf(known)) {
        if (moment <= newest) expect(told(later, moment)).toEqual(told(known, moment));
      }
      expect(momentsOf(known).every((moment) => moment <= newest)).toBe(true);
    }),
  );
});

/** Every moment at which something about a cache changed, and those before and after. */
function momentsOf(rows: FactRows): string[] {
  const changes = rows.cacheEvents.values().map(({ at }) => at);
  const uses = rows.cacheUses.values().map(({ usedAt }) => usedAt);
  return [...new Set([...changes, ...uses, rows.logClock.get({ name: 'facts' })!.at])];
}

/** What the queries of a past moment look at. */
function told(rows: FactRows, moment: string): unknown {
  const states = rows.cacheEntryStates.values().filter(({ validFrom, validTo }) => {
    return validFrom <= moment && (validTo === null || validTo > moment);
  });
  return {
    states: states.map(({ validTo: _validTo, ...state }) => state).sort(byText),
    events: rows.cacheEvents.values().filter(({ at }) => at <= moment),
    uses: rows.cacheUses.values().filter(({ usedAt }) => usedAt <= moment),
  };
}

const byText = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
