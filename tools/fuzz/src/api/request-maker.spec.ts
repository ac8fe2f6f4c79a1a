import { routes } from '@hearth/cinder-v3';
import { Random } from '@hearth/image-format/testing';
import { allSteps } from '../../../../apps/api/src/testing/walk/steps';
import { type FuzzRequest, readStoredRequest, storedRequest } from './fuzz-request';
import { KnownObjects } from './known-objects';
import { RequestMaker } from './request-maker';

const steps = allSteps.map((step) => ({
  ...step,
  parameters: routes.find(({ operation }) => operation === step.operation)?.parameters ?? [],
}));

const own = '11111111-1111-4111-8111-111111111111';
const others = '22222222-2222-4222-8222-222222222222';

function made(seed: number, count: number): readonly FuzzRequest[] {
  const known = new KnownObjects();
  known.add('volume', own);
  known.addCanary('volume', others);
  const maker = new RequestMaker(new Random(seed), steps, known);
  return Array.from({ length: count }, () => maker.next());
}

test('the same seed makes the same requests, another one others', () => {
  expect(made(1, 50)).toEqual(made(1, 50));
  expect(made(1, 50)).not.toEqual(made(2, 50));
});

test('in time every operation is asked for, by everybody, about what is there and what is not', () => {
  const all = made(3, 2_000);
  expect(new Set(all.map(({ name }) => name)).size).toBe(allSteps.length);
  expect(new Set(all.map(({ bearer }) => bearer)).size).toBe(5);
  expect(all.some(({ target }) => target.includes(own))).toBe(true);
  expect(all.some(({ slow }) => slow)).toBe(true);
  expect(all.some(({ wellFormed }) => !wellFormed)).toBe(true);
});

test('what belongs to others is named by those who may not change it', () => {
  const named = made(4, 2_000).filter(
    ({ target, body }) => target.includes(others) || body?.toString().includes(others),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ bearer }) => bearer === 'admin')).toEqual([]);
});

test('some requests are as they should be: a volume of a size is asked for', () => {
  const bodies = made(7, 4_000).filter(({ name }) => name === 'volumes.create');
  const sizes = bodies.filter(({ body }) => /^\{"volume":\{"size":\d\}\}$/.test(body?.toString() ?? ''));
  expect(sizes.length).toBeGreaterThan(0);
});

test('a request line has nothing in it that is no ASCII', () => {
  expect(made(5, 1_000).filter(({ target }) => !/^[\x21-\x7e]+$/.test(target))).toEqual([]);
});

test('a stored request is sent again as it was', () => {
  for (const request of made(6, 100)) expect(readStoredRequest(storedRequest(request))).toEqual(request);
});

test('ids of answers are taken up', () => {
  const known = new KnownObjects();
  known.learn(`{"volume":{"id":"${own}","status":"creating"}}`);
  known.learn(`{"messages":[{"id":"${others}","event_id":"x"}]}`);
  known.learn('{"quota_set":{"id":"x"}}');
  const random = new Random(1);
  expect(known.one('volume_id', random)).toBe(own);
  expect(known.one('message_id', random)).toBe(others);
  expect(known.canary('volume_id', random)).toBeUndefined();
});

test('what belongs to others is not taken up as an own id, even when an administrator is told of it', () => {
  const known = new KnownObjects();
  known.addCanary('volume', others);
  known.learn(`{"volumes":[{"id":"${others}"}]}`);
  expect(known.one('volume_id', new Random(1))).toBeUndefined();
});
