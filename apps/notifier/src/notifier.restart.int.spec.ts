import { eventSubject, jetstream } from '@hearth/contracts';
import { eventually } from '@hearth/testing';
import { headers } from 'nats';
import { randomUUID } from 'node:crypto';
import { placeHeaders } from './publish/outward-event';
import { asked, expectOrderOnce, NotifierHouse } from './testing/notifier-house';

let house: NotifierHouse;
beforeEach(async () => (house = await NotifierHouse.open()));
afterEach(() => house.close());

test('a notifier that dies between two events leaves neither a gap nor a duplicate', async () => {
  const total = 60;
  for (let count = 0; count < total / 2; count += 1) await house.lifeOf(randomUUID());
  // Each notifier stores some events, of which it hears back from some only, and is then no more.
  for (const survives of [1, 7, 8, 20]) {
    let published = 0;
    let dead: () => void = () => undefined;
    const died = new Promise<void>((resolve) => (dead = resolve));
    const mortal = await house.start({
      wrap: (events) => ({
        end: () => events.end(),
        publish: async (message, expected) => {
          published += 1;
          if (published > survives) {
            dead();
            throw new Error('the process is gone');
          }
          await events.publish(message, expected);
          if (published > survives - 2) throw new Error('the process is gone before the answer');
        },
      }),
    });
    await died;
    await house.stop(mortal);
  }
  await house.start();
  const seen = await house.untilStored(total);
  expect(seen).toHaveLength(total);
  expectOrderOnce(seen);
});

test('of two notifiers one publishes at a time, and when it dies the other goes on', async () => {
  const first = await house.start();
  const second = await house.start();
  for (let count = 0; count < 20; count += 1) await house.lifeOf(randomUUID());
  expectOrderOnce(await house.untilStored(40));
  await house.stop(first);
  for (let count = 0; count < 5; count += 1) await house.lifeOf(randomUUID());
  const seen = await house.untilStored(50);
  expect(seen).toHaveLength(50);
  expectOrderOnce(seen);
  expect(second.notifier.check().role).toBe('publishing');
});

test('events that have had their time are not told again after a restart', async () => {
  await house.stop(await house.startAndTell(4));
  const manager = await house.outsider.jetstreamManager();
  await manager.streams.purge(jetstream.events.stream);
  const next = randomUUID();
  await house.inVolume(next, asked(next));
  await house.start();
  expect(await house.untilStored(1)).toMatchObject([{ data: { volume_id: next } }]);
});

test('events that have had their time are counted off where no position was kept', async () => {
  await house.stop(await house.startAndTell(4));
  await (await house.outsider.jetstream().views.os(jetstream.snapshotsBucket)).delete('notifier/position');
  await (await house.outsider.jetstreamManager()).streams.purge(jetstream.events.stream);
  const next = randomUUID();
  await house.inVolume(next, asked(next));
  await house.start();
  expect(await house.untilStored(1)).toMatchObject([{ data: { volume_id: next } }]);
});

test('an outage of the broker delays events and loses none', async () => {
  const { notifier } = await house.startAndTell(2);
  await house.server.kill();
  await house.server.restart();
  await eventually(async () => (await house.broker.store.lastSequence()) > 0);
  await house.lifeOf(randomUUID());
  const seen = await house.untilStored(4);
  expect(seen).toHaveLength(4);
  expectOrderOnce(seen);
  await eventually(() => notifier.check().role === 'publishing');
}, 20_000);

test('a log that does not hold what was told is noticed, and nothing is told of it', async () => {
  await house.stop(await house.startAndTell(2));
  const marks = headers();
  for (const [name, value] of Object.entries({
    [placeHeaders.fact]: '999',
    [placeHeaders.notice]: '0',
    [placeHeaders.commit]: 'lost',
  })) {
    marks.set(name, value);
  }
  await house.outsider.jetstream().publish(eventSubject('volume.create.start'), '{}', { headers: marks });
  const { notifier } = await house.start();
  await eventually(() => {
    try {
      notifier.check();
      return false;
    } catch (error) {
      return String(error).includes('commit lost at position 999');
    }
  });
  await house.lifeOf(randomUUID());
  const manager = await house.outsider.jetstreamManager();
  expect((await manager.streams.info(jetstream.events.stream)).state.messages).toBe(3);
});
