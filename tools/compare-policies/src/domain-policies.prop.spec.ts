import { buildTrace, factsOfCacheEvent, type ShadowRules, simulate, type Trace } from '@hearth/cache-advisor';
import { anyDecisions, type PlainRun } from '@hearth/cache-advisor/testing';
import { evictionPolicies, type ImageCacheEvent } from '@hearth/contracts';
import {
  emptyCache,
  type ImageCache,
  imageCacheDecider,
  type ImageCacheCommand,
  refillSecondsOf,
  servingEntry,
} from '@hearth/domain';
import { claim, complete, contentOf, imageOf, settle, volumeOf } from '@hearth/domain/testing';
import { isRefusal } from '@hearth/kernel';
import fc from 'fast-check';

/** A pool's cache under the domain's own rules, which serves one create after the other. */
class DomainCache {
  readonly hits: boolean[] = [];
  readonly evicted: PlainRun['evicted'][number][] = [];
  private cache: ImageCache = emptyCache;
  private readonly itemOf = new Map<number, number>();

  constructor(
    private readonly trace: Trace,
    private readonly rules: ShadowRules,
  ) {}

  request(index: number): void {
    const { limitGib: maxSizeGib, maxCount = 0, policy, admission } = this.rules;
    const item = this.trace.item[index]!;
    const at = new Date(this.trace.at[index]!).toISOString();
    const [volume, image] = [index + 1, item + 1];
    const before = servingEntry(this.cache, contentOf(image));
    this.hits.push(before?.status === 'ready');
    const events = this.decide(
      claim(volume, image, {
        ...{ sizeGib: this.trace.items.sizeGib[item]!, limits: { maxSizeGib, maxCount, policy }, at },
        ...(admission?.mode === 'second-request' && { admissionWindowSeconds: admission.windowSeconds }),
      }),
    );
    for (const event of events) this.note(event, index, item);
    const filling = servingEntry(this.cache, contentOf(image));
    if (filling?.status === 'filling') {
      const { created } = complete(filling.generation);
      const durationsMs = { fill: this.trace.refillSeconds[index]! * 1000 };
      this.decide({ do: 'CompleteFill', created: { ...created, durationsMs, at } });
      this.decide({ ...claim(volume, image), at });
    }
    if (this.cache.claims.has(volumeOf(volume))) this.decide(settle(volume));
  }

  private note(event: ImageCacheEvent, index: number, item: number): void {
    if (event.type === 'fill-started') this.itemOf.set(event.data.generation, item);
    if (event.type !== 'evict') return;
    this.evicted.push({ index, item: this.itemOf.get(event.data.generation)!, reason: 'limit' });
  }

  private decide(command: ImageCacheCommand): readonly ImageCacheEvent[] {
    const events = imageCacheDecider.decide(command, this.cache);
    if (isRefusal(events)) return [];
    this.cache = events.reduce((cache, event) => imageCacheDecider.evolve(cache, event), this.cache);
    return events;
  }
}

const anyRules = fc.record({
  policy: fc.constantFrom(...evictionPolicies),
  limitGib: fc.nat(40),
  maxCount: fc.nat(8),
  admission: fc.constantFrom(undefined, { mode: 'second-request', windowSeconds: 60 } as const),
});

test('the advisor foretells what a pool does: the same hits and the same evictions, whatever the policy and the limits', () => {
  fc.assert(
    fc.property(anyDecisions({ lengthMax: 60 }), anyRules, (decisions, rules) => {
      const trace = buildTrace(
        decisions.map((decision) => ({ ...decision, refillSeconds: decision.refillSeconds + 1 })),
      );
      const domain = new DomainCache(trace, rules);
      for (let index = 0; index < trace.length; index++) domain.request(index);
      const hits: boolean[] = [];
      const evicted: PlainRun['evicted'][number][] = [];
      simulate(trace, rules, {
        served: (_, isHit) => void hits.push(isHit),
        evicted: (index, item, reason) => void evicted.push({ index, item, reason }),
      });
      expect({ hits: domain.hits, evicted: domain.evicted }).toEqual({ hits, evicted });
    }),
    { numRuns: 150 },
  );
});

test('a fill took as long for the advisor as for the policies', () => {
  const durations = fc.dictionary(fc.constantFrom('fill', 'download', 'sync'), fc.nat(9000));
  fc.assert(
    fc.property(durations, (durationsMs) => {
      const { created } = complete(1);
      const event = { type: 'create', data: { ...created, imageId: imageOf(1).id, durationsMs } } as ImageCacheEvent;
      expect(factsOfCacheEvent('a@b#c', 0, event)).toMatchObject([{ refillSeconds: refillSecondsOf(durationsMs) }]);
    }),
  );
});
