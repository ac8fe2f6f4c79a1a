import { occurrenceOf, ofCategory, type Projection } from './projection';

/** A policy's own stream: one row a policy. */
export const cachePoliciesProjection: Projection = {
  name: 'cache-policies',
  needs(rows, commits) {
    for (const commit of commits) {
      if (ofCategory(commit, 'cache-policy')) rows.cachePolicies.want({ id: commit.stream.id });
    }
  },
  apply(rows, commit) {
    const ofPolicy = ofCategory(commit, 'cache-policy');
    if (!ofPolicy) return;
    const id = commit.stream.id;
    const { at } = occurrenceOf(commit);
    for (const { type, data } of ofPolicy.events) {
      const row = rows.cachePolicies.get({ id });
      if (row?.removedAt) continue;
      if (type === 'defined') {
        const { by, at: _said, ...definition } = data;
        const createdAt = row?.createdAt ?? at;
        rows.cachePolicies.put({ id, ...definition, definedBy: by, createdAt, updatedAt: at, removedAt: null });
      } else if (row) rows.cachePolicies.put({ ...row, updatedAt: at, removedAt: at });
    }
  },
};
