import { isCacheable } from '@hearth/contracts';
import type { CacheFact, CopyFact, LineFacts } from './cache-fact';
import type { Fields } from './fields';

const prefix = 'image_volume_cache.';

/** One of Hearth's CloudEvents in JSON: the attributes beside `data`. Throws `UnfitEventError`. */
export function factsOfCloudEvent(event: Fields): LineFacts {
  const type = event.text('type');
  const facts = type.startsWith(prefix) ? factsOf(type.slice(prefix.length), event) : undefined;
  return facts ? { facts, passedOver: [] } : { facts: [], passedOver: [type] };
}

function factsOf(type: string, event: Fields): readonly CacheFact[] | undefined {
  switch (type) {
    case 'hit':
    case 'miss':
      return [ofUse(type, event.object('data'), timeOf(event))];
    case 'bypass':
      return [ofBypass(event.object('data'), timeOf(event))];
    case 'fill.start':
      return [{ ...copyOf(event.object('data')), begunAt: timeOf(event) }];
    case 'create': {
      const data = event.object('data');
      return [{ ...copyOf(data), bytes: data.numberOrNull('bytes_downloaded'), readyAt: timeOf(event) }];
    }
    case 'evict': {
      const data = event.object('data');
      const { pool, imageId, generation, sizeGib } = copyOf(data);
      const reason = data.textOrNull('reason');
      return [{ kind: 'eviction', pool, at: timeOf(event), imageId, generation, sizeGib, reason }];
    }
    default:
      return undefined;
  }
}

/** When the fact was recorded; the event's own time says when it was told. */
function timeOf(event: Fields): number {
  const data = event.object('data');
  return data.has('occurred_at') ? data.instant('occurred_at') : event.instant('time');
}

function copyOf(data: Fields): CopyFact & { readonly pool: string; readonly imageId: string } {
  const [pool, imageId] = [data.text('host'), data.text('image_id')];
  const [generation, sizeGib] = [data.numberOrNull('generation'), data.numberOrNull('size_gib')];
  return { kind: 'copy', pool, generation, key: null, imageId, sizeGib, bytes: null, refillSeconds: null };
}

function ofUse(type: 'hit' | 'miss', data: Fields, at: number): CacheFact {
  const volumeId = data.text('volume_id');
  if (data.value('failed') === true) return { kind: 'ignored-request', why: 'failed', volumeId };
  const outcome = type === 'hit' && data.value('joined') === true ? 'joined' : type;
  return { ...requestOf(data, at), volumeId, outcome };
}

function ofBypass(data: Fields, at: number): CacheFact {
  const volumeId = data.text('volume_id');
  const decision = { strategy: data.text('strategy'), reason: data.textOrNull('reason') };
  if (!isCacheable(decision)) return { kind: 'ignored-request', why: 'not-cacheable', volumeId };
  return { ...requestOf(data, at), volumeId, outcome: 'bypass' };
}

function requestOf(data: Fields, at: number) {
  const { pool, imageId, generation } = copyOf(data);
  const projectId = data.textOrNull('project_id');
  return { kind: 'request', pool, at, imageId, key: null, generation, requestId: null, projectId } as const;
}
