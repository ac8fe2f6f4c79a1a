import { randomBytes } from 'node:crypto';
import { eventually } from '@hearth/testing';
import { notices, speaksOf } from '../../tools/dev-stack/src/demo/seen';
import { ImageServer } from './image-server';
import { type Collector, startCollector } from './otlp-collector';
import { startTestStack, type TestStack } from './stack';

jest.setTimeout(120_000);

let collector: Collector;
let images: ImageServer;
let stack: TestStack;

beforeAll(async () => {
  collector = await startCollector();
  images = await ImageServer.start();
  stack = await startTestStack({
    imageServiceUrl: images.url,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200' },
  });
});

afterAll(async () => {
  await stack?.stop();
  await images?.stop();
  await collector?.stop();
});

test('one trace leads from the POST through every app to the outward event', async () => {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  const imageRef = images.add({ bytes: randomBytes(1024 * 1024) });
  const { id } = await stack.api.create({ size: 1, imageRef }, { traceparent });
  const notice = await stack.watch.until(
    (seen) => notices(seen, 'volume.create.end').find((one) => speaksOf(one, [id])),
    'the outward event',
  );
  expect(notice.headers['traceparent']).toContain(traceId);
  // Facts and notices come to the watch on ways of their own: the last fact may be behind its notice.
  const commits = await stack.watch.until((seen) => {
    const found = seen.flatMap((one) => (one.kind === 'commit' && one.commit.stream.id === id ? [one.commit] : []));
    return found.length >= 3 ? found : undefined;
  }, 'the three commits of the volume');
  for (const commit of commits) expect(commit.traceparent).toContain(traceId);
  const services = () =>
    new Set(collector.spans.filter((span) => span.traceId === traceId).map(({ service }) => service));
  const wanted = ['api', 'scheduler', 'volume-manager'];
  await eventually(() => wanted.every((app) => [...services()].some((service) => service.includes(app))), {
    ...{ timeoutMs: 15_000, what: 'spans of the trace from the api, the scheduler and the volume-manager' },
  });
});
