import { categories, type Category, type EventsOf } from '@hearth/contracts';
import type { Contracts } from '../commit-codec';
import type { NewCommit, StreamOf } from '../event-store';

let made = 0;

/** A stream that no other test has. */
export function streamNamed<C extends Category>(category: C, id = `stream-${process.pid}-${(made += 1)}`): StreamOf<C> {
  return { category, id };
}

/** A commit of the `service` category; its one event carries `reason`, so that a test can tell commits apart. */
export function newCommit(reason: string, id = `commit-${process.pid}-${(made += 1)}`): NewCommit<'service'> {
  return { id, recordedAt: '2026-01-02T03:04:05.678Z', events: [disabled(reason)] };
}

export function disabled(reason: string): EventsOf['service'] {
  return { type: 'ServiceDisabled', data: { service: 'volume', reason } };
}

/** Today's contracts, with `ServiceDisabled` in a third version and two upcasts that lead to it. */
export const sampleContracts: Contracts = {
  ...categories,
  service: {
    ...categories.service,
    events: {
      ...categories.service.events,
      ServiceDisabled: { ...categories.service.events.ServiceDisabled, version: 3 },
    },
    upcasts: {
      ServiceDisabled: {
        1: (data) => ({ service: (data as { name: string }).name }),
        2: (data) => ({ ...(data as object), reason: 'was not recorded' }),
      },
    },
  },
};
