import type { CacheFact, LineFacts } from './cache-fact';
import { Fields } from './fields';
import { UnfitEventError } from './unreadable-line.error';

/**
 * One of Cinder's notifications: as it lies in a queue, with the message as a text under `oslo.message`; the message itself, with the
 * context's fields beside its own (`_context_request_id`); or as a listener gets it, with `ctxt` and `metadata` beside `payload`.
 * Throws `UnfitEventError`.
 */
export function factsOfNotification(line: Fields): LineFacts {
  const message = line.has('oslo.message') ? unwrapped(line.text('oslo.message')) : line;
  const type = message.text('event_type');
  const facts = factsOf(type, message);
  return facts ? { facts, passedOver: [] } : { facts: [], passedOver: [type] };
}

function unwrapped(text: string): Fields {
  try {
    return Fields.of(JSON.parse(text), 'oslo.message');
  } catch (error) {
    if (error instanceof UnfitEventError) throw error;
    throw new UnfitEventError('oslo.message is not JSON', { cause: error });
  }
}

function factsOf(type: string, message: Fields): readonly CacheFact[] | undefined {
  switch (type) {
    case 'image_volume_cache.hit':
      return [ofUse('hit', message)];
    case 'image_volume_cache.miss':
      return [ofUse('miss', message)];
    case 'image_volume_cache.evict':
      return [ofEviction(message)];
    case 'volume.create.end':
      return [ofVolume(message)];
    default:
      return undefined;
  }
}

/** The context of Cinder's own is that of the internal tenant: whose request it was stands in the volume's notifications only. */
function ofUse(outcome: 'hit' | 'miss', message: Fields): CacheFact {
  const payload = message.object('payload');
  const volumeId = payload.textOrNull('volume_id');
  return {
    ...{ kind: 'request', pool: payload.text('host'), at: timeOf(message), outcome, imageId: payload.text('image_id') },
    ...{ key: null, generation: null, volumeId, requestId: contextOf(message, 'request_id') },
    projectId: volumeId === null ? null : payload.textOrNull('project_id'),
  };
}

function ofEviction(message: Fields): CacheFact {
  const payload = message.object('payload');
  return {
    ...{ kind: 'eviction', pool: payload.text('host'), at: timeOf(message), imageId: payload.text('image_id') },
    ...{ generation: null, sizeGib: payload.numberOrNull('size'), reason: payload.textOrNull('reason') },
  };
}

function ofVolume(message: Fields): CacheFact {
  const payload = message.object('payload');
  return {
    kind: 'volume-made',
    pool: payload.text('host'),
    at: timeOf(message),
    volumeName: payload.textOrNull('display_name'),
    projectId: payload.text('tenant_id'),
    sizeGib: payload.number('size'),
    image: payload.has('snapshot_id') ? null : imageOf(payload),
  };
}

/** Cinder tells the image's record as a list of keys and values, all of them texts. */
function imageOf(payload: Fields): { readonly imageId: string; readonly bytes: number | null } | null {
  const list = payload.value('glance_metadata');
  if (!Array.isArray(list)) return null;
  const told = new Map<string, unknown>();
  list.forEach((value: unknown, ordinal) => {
    const pair = Fields.of(value, `payload.glance_metadata.${ordinal}`);
    told.set(pair.text('key'), pair.value('value'));
  });
  const imageId = told.get('image_id');
  if (typeof imageId !== 'string' || imageId === '') return null;
  const bytes = Number(told.get('size') ?? NaN);
  return { imageId, bytes: Number.isFinite(bytes) && bytes >= 0 ? bytes : null };
}

function timeOf(message: Fields): number {
  return message.has('timestamp') ? message.instant('timestamp') : message.object('metadata').instant('timestamp');
}

function contextOf(message: Fields, name: string): string | null {
  if (message.has(`_context_${name}`)) return message.text(`_context_${name}`);
  return message.has('ctxt') ? message.object('ctxt').textOrNull(name) : null;
}
