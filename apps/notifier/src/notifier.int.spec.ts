import { type ImageCacheEvent, eventSubject, jetstream } from '@hearth/contracts';
import {
  complete,
  deleted,
  deletionRequested,
  exampleRequest,
  fillStarted,
  generationOf,
  imageOf,
  imageVolumeOf,
  placed,
  provisioned,
} from '@hearth/domain/testing';
import type { VolumeId } from '@hearth/kernel';
import { eventually } from '@hearth/testing';
import { type ConsumerOptsBuilder, consumerOpts, createInbox, type JsMsg } from 'nats';
import { randomUUID } from 'node:crypto';
import { asked, expectOrderOnce, NotifierHouse } from './testing/notifier-house';

let house: NotifierHouse;
beforeEach(async () => (house = await NotifierHouse.open()));
afterEach(() => house.close());

const use = (id: string) => ({
  volumeId: id as VolumeId,
  generation: generationOf(1),
  imageId: imageOf(1).id,
  projectId: exampleRequest.projectId,
  userId: exampleRequest.userId,
  sizeGib: 10,
  volumeType: '__DEFAULT__',
  requestId: 'req-7',
});
const created: ImageCacheEvent = {
  type: 'create',
  data: { ...complete(1).created, imageId: imageOf(1).id, imageVolumeId: imageVolumeOf(1), sizeGib: 2 },
};

test('J.2 · J.a: a stock subscriber sees one miss and one create, then one hit', async () => {
  const seen: { type: string; id: string; time: string; contentType: string; subject: string }[] = [];
  const subscription = house.outsider.subscribe('hearth.events.image_volume_cache.>', {
    callback: (_error, { headers: marks }) => {
      const [type, id, time, subject] = ['ce-type', 'ce-id', 'ce-time', 'ce-subject'].map(
        (name) => marks?.get(name) ?? '',
      );
      seen.push({
        type: type!,
        id: id!,
        time: time!,
        subject: subject!,
        contentType: marks?.get('content-type') ?? '',
      });
    },
  });
  await house.outsider.flush();
  await house.start();
  const [first, second] = [randomUUID(), randomUUID()];
  await house.inVolume(first, asked(first), placed());
  await house.inPool(fillStarted(1, 1), created);
  await house.inVolume(first, provisioned());
  await house.inPool({ type: 'miss', data: { ...use(first), failed: false } });
  await house.lifeOf(second);
  await house.inPool({ type: 'hit', data: { ...use(second), joined: false } });
  await eventually(() => seen.length >= 5);
  await house.untilStored(11);
  expect(seen.map(({ type }) => type)).toEqual([
    'image_volume_cache.fill.start',
    'image_volume_cache.create',
    'image_volume_cache.fill.end',
    'image_volume_cache.miss',
    'image_volume_cache.hit',
  ]);
  for (const { contentType, time, subject } of seen) {
    expect([contentType, subject]).toEqual(['application/json', imageOf(1).id]);
    expect(new Date(time).toISOString()).toBe(time);
  }
  subscription.unsubscribe();
});

test('a life of a volume goes out in order, with what its owner has to know', async () => {
  await house.start();
  const id = randomUUID();
  await house.lifeOf(id);
  await house.inVolume(id, deletionRequested(), deleted());
  const seen = await house.untilStored(4);
  expect(seen.map(({ type }) => type)).toEqual([
    'volume.create.start',
    'volume.create.end',
    'volume.delete.start',
    'volume.delete.end',
  ]);
  for (const { data } of seen) {
    expect(data).toMatchObject({
      project_id: 'demo',
      user_id: 'alice',
      volume_id: id,
      size_gib: 10,
      request_id: 'req-7',
      internal: false,
    });
  }
  expectOrderOnce(seen);
});

test('an outsider who was away replays from a time', async () => {
  await house.start();
  await house.lifeOf(randomUUID());
  await house.untilStored(2);
  const since = new Date();
  const late = randomUUID();
  await house.lifeOf(late);
  await house.untilStored(4);
  const options: ConsumerOptsBuilder = consumerOpts();
  options.startTime(since);
  options.ackNone();
  options.deliverTo(createInbox());
  const seen: JsMsg[] = [];
  options.callback((_error, message) => void (message && seen.push(message)));
  await house.outsider.jetstream().subscribe(jetstream.events.subjects, options);
  await eventually(() => seen.length === 2);
  expect(seen.map((message) => message.headers?.get('ce-subject'))).toEqual([late, late]);
});

test('an answer that an outsider had stored among the events stops none of them, and none goes out twice', async () => {
  await house.start();
  const answer = async () => {
    const last = async () =>
      (await (await house.outsider.jetstreamManager()).streams.info(jetstream.events.stream)).state.last_seq;
    const before = await last();
    house.outsider.publish(`$JS.API.STREAM.INFO.${jetstream.events.stream}`, '', {
      reply: eventSubject('volume.create.end'),
    });
    await eventually(async () => (await last()) > before);
  };
  await house.lifeOf(randomUUID());
  await house.untilStored(2);
  await answer();
  await house.lifeOf(randomUUID());
  expectOrderOnce(await house.untilStored(4));
  await house.stopAll();
  await answer();
  await house.lifeOf(randomUUID());
  await house.start();
  const seen = await house.untilStored(6);
  expect(seen).toHaveLength(6);
  expectOrderOnce(seen);
});
