import type { ImageCacheEvent } from '@hearth/contracts';
import { type EventStore, StoreUnavailableError } from '@hearth/event-sourcing';

/** The log stores the next commit with such an event, and the answer is lost; `then` happens before it is asked again. */
export function loseAnswer(
  store: EventStore,
  type: ImageCacheEvent['type'],
  then: () => Promise<void> = () => Promise.resolve(),
): void {
  const append = store.append.bind(store);
  store.append = async (stream, sequence, commit) => {
    const result = await append(stream, sequence, commit);
    if (!commit.events.some((event) => event.type === type)) return result;
    store.append = append;
    await then();
    throw new StoreUnavailableError('the answer was lost');
  };
}
