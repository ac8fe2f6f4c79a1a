import { seededRandom } from '@hearth/cache-advisor/testing';
import { type CacheSettings, effectiveCacheSettings } from '@hearth/contracts';
import { cacheLimits } from '@hearth/domain';
import type { EventStore } from '@hearth/event-sourcing';
import { type PoolRef, poolParts } from '@hearth/kernel';
import { FactWriter } from '../play/fact-writer';
import { PoolPlay, type PlayedCreate } from '../play/play-pool';
import { dayTrace, type DayShape } from './day-trace';
import { volumeFacts } from './volume-facts';

export const dayMs = 86_400_000;

export interface Day extends Omit<DayShape, 'pool'> {
  readonly pool: PoolRef;
  readonly settings: CacheSettings;
}

/** What a day's log holds. */
export interface WrittenDay {
  readonly commits: number;
  readonly creates: readonly PlayedCreate[];
}

interface Fact {
  readonly atMs: number;
  write(writer: FactWriter): Promise<void>;
}

/** Writes a day that is over into an empty log, in the order of its times. Nobody else may write into these streams meanwhile. */
export async function writeDay(store: EventStore, day: Day): Promise<WrittenDay> {
  const { facts, creates } = playDay(day);
  const writer = new FactWriter(store);
  for (const { write } of facts) await write(writer);
  return { commits: writer.commits, creates };
}

function playDay(day: Day): { readonly facts: readonly Fact[]; readonly creates: readonly PlayedCreate[] } {
  const { pool, seed, startMs, settings } = day;
  const endMs = startMs + dayMs;
  const random = seededRandom(seed + 1);
  const facts: Fact[] = [settingsFact(day)];
  const creates: PlayedCreate[] = [];
  const play = new PoolPlay({ pool, seed, limits: cacheLimits(settings, null) });
  for (const played of play.play(dayTrace(day))) {
    if (played.atMs >= endMs) continue;
    if (played.kind === 'commit') {
      facts.push({ atMs: played.atMs, write: (writer) => writer.write({ category: 'image-cache', id: pool }, played) });
      continue;
    }
    const { volumeId: id, requestId: correlationId } = played.create;
    creates.push(played.create);
    for (const commit of volumeFacts(played.create, { pool, endMs, random })) {
      const write = (writer: FactWriter) => writer.write({ category: 'volume', id }, { ...commit, correlationId });
      facts.push({ atMs: commit.atMs, write });
    }
  }
  return { facts: facts.sort((one, other) => one.atMs - other.atMs), creates };
}

/** What the host said of its cache in the morning. */
function settingsFact({ pool, settings, startMs }: Day): Fact {
  const { host, backend } = poolParts(pool);
  const id = `${host}@${backend}`;
  const data = { service: id, pools: [pool], cache: effectiveCacheSettings(settings) };
  const events = [{ type: 'CacheSettingsReported' as const, data }];
  return { atMs: startMs, write: (writer) => writer.write({ category: 'service', id }, { atMs: startMs, events }) };
}
