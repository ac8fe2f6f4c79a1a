import {
  type CategoryContract,
  decodeEvent,
  type EventOf,
  type EventSpec,
  type ImageCacheEvent,
  imageCacheContract,
  UnreadableEventError,
  type VolumeEvent,
  volumeContract,
} from '@hearth/contracts';
import { factsOfCacheEvent, factsOfVolumeEvent } from './cache-events';
import type { CacheFact, LineFacts } from './cache-fact';
import { Fields } from './fields';
import { UnfitEventError } from './unreadable-line.error';

/** A commit of Hearth's log, as `npm run stream -- --json` prints it. Throws `UnfitEventError`. */
export function factsOfCommit(commit: Fields): LineFacts {
  const stream = commit.object('stream');
  const place = { category: stream.text('category'), id: stream.text('id'), at: commit.instant('recordedAt') };
  const events = commit.value('events');
  if (!Array.isArray(events)) throw new UnfitEventError('events is missing; it must be a list');
  const facts: CacheFact[] = [];
  const passedOver: string[] = [];
  events.forEach((value: unknown, ordinal) => {
    const event = Fields.of(value, `events.${ordinal}`);
    const told = factsOfEvent(place, event);
    if (told) facts.push(...told);
    else passedOver.push(event.text('type'));
  });
  return { facts, passedOver };
}

interface Place {
  readonly category: string;
  readonly id: string;
  readonly at: number;
}

function factsOfEvent({ category, id, at }: Place, event: Fields): readonly CacheFact[] | undefined {
  if (category === 'image-cache') {
    const decoded: ImageCacheEvent | undefined = decode(imageCacheContract, event);
    return decoded && factsOfCacheEvent(id, at, decoded);
  }
  if (category === 'volume') {
    const decoded: VolumeEvent | undefined = decode(volumeContract, event);
    return decoded && factsOfVolumeEvent(id, at, decoded);
  }
  return undefined;
}

/** Undefined for a type that the contract does not know. An event without a version is one in its latest shape. */
function decode<Specs extends Record<string, EventSpec>>(
  contract: CategoryContract<Specs>,
  event: Fields,
): EventOf<CategoryContract<Specs>> | undefined {
  const type = event.text('type');
  const spec = Object.hasOwn(contract.events, type) ? contract.events[type] : undefined;
  if (!spec) return undefined;
  try {
    return decodeEvent(contract, {
      type,
      version: event.numberOrNull('version') ?? spec.version,
      data: event.value('data'),
    });
  } catch (error) {
    if (error instanceof UnreadableEventError) throw new UnfitEventError(error.message, { cause: error });
    throw error;
  }
}
