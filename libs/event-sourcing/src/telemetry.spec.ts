import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { contextOf, inSpan, newTraceparent, traceparentOf } from './telemetry';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test.each([traceparent, traceparent.replace(/01$/, '00')])('%s survives the way into a context and back', (text) => {
  expect(traceparentOf(contextOf(text))).toBe(text);
});

test.each([
  undefined,
  '',
  'nonsense',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
])('%j is no trace: the context is the root and has none', (text) => {
  expect(contextOf(text)).toBe(ROOT_CONTEXT);
  expect(traceparentOf(contextOf(text))).toBeUndefined();
});

test('a version from the future is read as far as it is known', () => {
  expect(traceparentOf(contextOf(traceparent.replace(/^00/, '01') + '-more'))).toBe(traceparent);
});

test('where nothing is traced there is no traceparent, and work runs all the same', async () => {
  expect(traceparentOf()).toBeUndefined();
  expect(await inSpan('volume.decide', {}, async () => traceparentOf(context.active()))).toBeUndefined();
  await expect(inSpan('volume.decide', {}, () => Promise.reject(new Error('the work failed')))).rejects.toThrow(
    'the work failed',
  );
  expect(trace.getActiveSpan()).toBeUndefined();
});

test('a new traceparent is a valid one, not sampled, and no other', () => {
  const made = Array.from({ length: 100 }, newTraceparent);
  for (const one of made) expect(traceparentOf(contextOf(one))).toBe(one);
  expect(made.every((one) => one.endsWith('-00'))).toBe(true);
  expect(new Set(made.flatMap((one) => one.split('-').slice(1, 3))).size).toBe(200);
});
