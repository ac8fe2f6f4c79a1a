import {
  cacheNotice,
  cloudEventLine,
  commitLine,
  listenedNotification,
  plainNotification,
  pool,
  wrappedNotification,
} from '../testing/event-lines';
import { parseDecisionLine } from './decision-line';
import { UnreadableLineError } from './unreadable-line.error';

test.each([
  ['as it lies in a queue', wrappedNotification],
  ['as the message alone', plainNotification],
  ['as a listener gets it', listenedNotification],
])('a notification of Cinder is read %s', (_, write) => {
  const { facts } = parseDecisionLine(write(cacheNotice('hit', 1.5, 'req-1')), 1);
  const at = Date.UTC(2026, 0, 1) + 1500;
  expect(facts).toMatchObject([{ kind: 'request', outcome: 'hit', at, pool, volumeId: null, requestId: 'req-1' }]);
});

test.each<[string, string, string[]]>([
  [
    'a notification',
    plainNotification({ ...cacheNotice('hit', 1, 'r'), type: 'snapshot.create.end' }),
    ['snapshot.create.end'],
  ],
  ['a CloudEvent', cloudEventLine('volume.delete.end', 1, {}), ['volume.delete.end']],
  ['an event of a pool', commitLine(1, [{ type: 'released', data: { generation: 1, volumeIds: [] } }]), ['released']],
  ['an event of a type that is not known', commitLine(1, [{ type: 'toString', data: {} }]), ['toString']],
  ['an event of another stream', commitLine(1, [{ type: 'X', data: {} }], { category: 'service', id: 'h' }), ['X']],
])('%s that is of no use is passed over by its type', (_, line, passedOver) => {
  expect(parseDecisionLine(line, 1)).toEqual({ facts: [], passedOver });
});

test('an empty line says nothing', () => {
  expect(parseDecisionLine('  \r', 3)).toEqual({ facts: [], passedOver: [] });
});

const hit = cacheNotice('hit', 1, 'r');
test.each<[string, string, string]>([
  ['no JSON', '{"a"', 'line 7: it is not JSON: every line is one event'],
  ['a list', '[]', 'line 7: it is a list; it must be an object'],
  ['a number', '17', 'line 7: it is 17; it must be an object'],
  ['an object of another kind', '{"a": 1}', "line 7: it is no event: a commit has 'stream'"],
  ['an envelope with no JSON in it', '{"oslo.message": "{"}', 'line 7: oslo.message is not JSON'],
  ['an envelope with a list in it', '{"oslo.message": "[]"}', 'line 7: oslo.message is a list; it must be an object'],
  [
    'a notice without an image',
    plainNotification({ ...hit, payload: { host: pool } }),
    'line 7: payload.image_id is missing; it must be a text',
  ],
  [
    'a notice with a wrong image',
    plainNotification({ ...hit, payload: { image_id: 3, host: pool } }),
    'line 7: payload.image_id is 3; it must be a text',
  ],
  [
    'a notice without a payload',
    '{"event_type": "image_volume_cache.hit", "timestamp": "2026-01-01"}',
    'line 7: payload is missing; it must be an object',
  ],
  [
    'a time that is none',
    plainNotification(hit).replace('2026-01-01 00:00:01', 'yesterday noon'),
    "line 7: timestamp is 'yesterday noon.000000'; it must be a time",
  ],
  [
    'a CloudEvent without a pool',
    cloudEventLine('image_volume_cache.hit', 1, { host: null, volume_id: 'v' }),
    'line 7: data.host is missing',
  ],
  ['a commit without a time', commitLine(1, []).replace('recordedAt', 'at'), 'line 7: recordedAt is missing'],
  [
    'a commit whose events are none',
    commitLine(1, []).replace('"events":[]', '"events":{}'),
    'line 7: events is missing; it must be a list',
  ],
  [
    'an event whose data do not fit',
    commitLine(1, [{ type: 'fill-sized', data: { generation: 1, sizeGib: -4 } }]),
    'line 7: image-cache event fill-sized v1 cannot be read: sizeGib',
  ],
])('%s is refused, and the line is named', (_, line, message) => {
  const read = () => parseDecisionLine(line, 7);
  expect(read).toThrow(UnreadableLineError);
  expect(read).toThrow(message);
});

test('what a line holds beyond the fields is nobody’s business', () => {
  const line = cloudEventLine('image_volume_cache.hit', 1, { volume_id: 'v', __proto__: { a: 1 }, generation: 3 });
  expect(parseDecisionLine(line.replace('"data":{', '"__proto__":{"specversion":1},"data":{'), 1).facts).toHaveLength(
    1,
  );
});
