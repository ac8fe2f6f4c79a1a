import { type ImageCatalogue, ImageServiceError } from '@hearth/openstack-clients';
import type { Log } from '@hearth/platform';
import { ImageWatch } from './image-watch';

const imageIds = (count: number) => new Set(Array.from({ length: count }, (_, at) => `image ${at}`));

/** A watch over an image service that cannot tell of some images; while it is away it tells of none. */
function watchOf(...untold: readonly string[]) {
  const service = { isAway: false, requests: 0 };
  const told: string[] = [];
  const at = (level: string) => (text: string) => void told.push(`${level}: ${text}`);
  const log = { debug: () => undefined, info: at('info'), warn: at('warn') } as unknown as Log;
  const images = {
    look: async (ids: readonly string[]) => {
      service.requests += 1;
      if (service.isAway || ids.some((id) => untold.includes(id))) throw new ImageServiceError('away', '500');
      return new Map(ids.map((id) => [id, 'absent'] as const));
    },
  } as unknown as ImageCatalogue;
  let nowMs = 0;
  const { signal } = new AbortController();
  const watch = new ImageWatch({ images, nowMs: () => (nowMs += 1), looksMax: 5_000, pauseMs: 0, signal, log });
  return { watch, service, told };
}

test.each([
  [200, ['image 0']],
  [200, ['image 0', 'image 60', 'image 120', 'image 199']],
  [30, ['image 7']],
])('of %i images, those of which the image service cannot tell (%j) hide none of the others', async (count, untold) => {
  const { watch, told } = watchOf(...untold);
  const seen = new Set<string>();
  for (let round = 0; round < 8; round += 1) {
    for (const id of (await watch.round(imageIds(count))).looks.keys()) seen.add(id);
  }
  expect([...imageIds(count)].filter((id) => !seen.has(id))).toEqual(untold);
  const { looks, left } = await watch.round(imageIds(count));
  expect([looks.size, left]).toEqual([count - untold.length, untold.length]);
  expect(told.at(-1)).toBe('warn: the image service does not tell of some images: they stay as they are');
});

test('an image service that is away is not asked on and on, and both that and its return are told once', async () => {
  const { watch, service, told } = watchOf();
  service.isAway = true;
  for (let round = 0; round < 2; round += 1) {
    expect(await watch.round(imageIds(1_000))).toMatchObject({ left: 1_000 });
  }
  expect(service.requests).toBe(6);
  service.isAway = false;
  expect(await watch.round(imageIds(1_000))).toMatchObject({ left: 0 });
  expect(told).toEqual([
    'warn: the image service was not asked after images: all stays as it is',
    'info: the image service answers again',
  ]);
});

test('what is asked after on its own again and again is asked after with others once it is told of', async () => {
  const { watch, service } = watchOf();
  service.isAway = true;
  for (let round = 0; round < 7; round += 1) await watch.round(imageIds(10));
  service.isAway = false;
  await watch.round(imageIds(10));
  service.requests = 0;
  await watch.round(imageIds(10));
  expect(service.requests).toBe(1);
});
