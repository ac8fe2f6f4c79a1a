import type { ServiceEvent } from '@hearth/contracts';
import type { ServiceRow } from '../tables/services.table';
import { poolsOf } from './cache-pools.projection';
import { dispatch, occurrenceOf, ofCategory, type Handlers, type Occurrence, type Projection } from './projection';

/** A backend's own stream: one row a backend. */
export const servicesProjection: Projection = {
  name: 'services',
  needs(rows, commits) {
    for (const commit of commits) if (ofCategory(commit, 'service')) rows.services.want({ service: commit.stream.id });
  },
  apply(rows, commit) {
    const ofService = ofCategory(commit, 'service');
    if (!ofService) return;
    const occurrence = occurrenceOf(commit);
    let row = rows.services.get({ service: commit.stream.id }) ?? newService(occurrence);
    for (const event of ofService.events) row = dispatch(on, row, event, occurrence);
    rows.services.put({ ...row, updatedAt: occurrence.at });
  },
};

function newService({ streamId, at }: Occurrence): ServiceRow {
  return {
    service: streamId,
    disabled: false,
    disabledReason: null,
    pools: [],
    cache: null,
    createdAt: at,
    updatedAt: at,
  };
}

const on = {
  ServiceEnabled: (row) => ({ ...row, disabled: false, disabledReason: null }),
  ServiceDisabled: (row, { reason }) => ({ ...row, disabled: true, disabledReason: reason }),
  CacheSettingsReported: (row, data) => ({
    ...row,
    pools: poolsOf({ type: 'CacheSettingsReported', data }),
    cache: data.cache,
  }),
} satisfies Handlers<ServiceEvent, ServiceRow>;
