import type { Commit } from '@hearth/event-sourcing';
import { commitText } from './commit-text';

const commit: Commit = {
  id: 'c-1',
  recordedAt: '2026-01-01T00:00:00.000Z',
  storedAt: '2026-01-01T00:00:00.003Z',
  correlationId: 'req-1',
  stream: { category: 'volume', id: 'v-1' },
  sequence: 7,
  events: [{ type: 'VolumeDeletionRequested', data: { userId: 'alice' } }] as unknown as Commit['events'],
};

test('a commit is told with its position, its time, its request and its events', () => {
  expect(commitText(commit)).toBe(
    ['#7  2026-01-01T00:00:00.000Z  c-1  request req-1', '  VolumeDeletionRequested', '    userId  alice'].join('\n'),
  );
});

test('fields that are null are left out, and objects are written as JSON', () => {
  const events = [{ type: 'VolumePlaced', data: { pool: 'a@b#c', image: null, rejected: [] } }];
  const text = commitText({ ...commit, events: events as unknown as Commit['events'] });
  expect(text.split('\n').slice(1)).toEqual(['  VolumePlaced', '    pool      a@b#c', '    rejected  []']);
});
