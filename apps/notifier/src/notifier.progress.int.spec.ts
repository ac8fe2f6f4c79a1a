import { type FillProgress, fillProgressSchema } from '@hearth/contracts';
import { cachePool, fillStarted, imageOf, placed } from '@hearth/domain/testing';
import { eventually } from '@hearth/testing';
import { randomUUID } from 'node:crypto';
import { asked, NotifierHouse } from './testing/notifier-house';

let house: NotifierHouse;
beforeEach(async () => (house = await NotifierHouse.open()));
afterEach(() => house.close());

describe('progress', () => {
  const startedAt = new Date().toISOString();
  const progress = (percent: number, patch: Readonly<Record<string, unknown>> = {}): FillProgress =>
    fillProgressSchema.parse({
      ...{ pool: cachePool, generation: 1, volumeId: null, imageId: imageOf(1).id, phase: 'download' },
      ...{ bytesDone: percent, bytesTotal: 100, percent, startedAt, at: new Date().toISOString(), ...patch },
    });

  /** What a live subscriber hears, as `type percent`. */
  async function listen(): Promise<string[]> {
    const heard: string[] = [];
    house.outsider.subscribe('hearth.live.>', {
      callback: (_error, { subject, headers: marks, data }) => {
        const { percent } = JSON.parse(new TextDecoder().decode(data)) as { percent: number };
        if (subject !== `hearth.live.${marks?.get('ce-type')}`) throw new Error(`it went out on ${subject}`);
        heard.push(`${marks?.get('ce-type')} ${percent}`);
      },
    });
    await house.outsider.flush();
    return heard;
  }

  test('goes out live for fills and downloads that run, from one of two notifiers, and into no stream', async () => {
    const heard = await listen();
    await house.start();
    await house.start();
    const id = randomUUID();
    await house.inPool(fillStarted(1, 1));
    await house.inVolume(id, asked(id), placed(), { type: 'VolumeDownloadStarted', data: { pool: cachePool } });
    await house.untilStored(4);
    await house.broker.progress.report(progress(42));
    await house.broker.progress.report(progress(7, { generation: null, volumeId: id }));
    await eventually(() => heard.length >= 2);
    // A third one, after which the others' second telling would have come.
    await house.inPool(fillStarted(2, 2));
    await house.untilStored(6);
    await house.broker.progress.report(progress(9, { generation: 2 }));
    await eventually(() => heard.length >= 3);
    expect([...heard].sort()).toEqual([
      'image_volume_cache.fill.progress 42',
      'image_volume_cache.fill.progress 9',
      'volume.download.progress 7',
    ]);
    expect((await house.stored()).filter(({ type }) => type.endsWith('.progress'))).toEqual([]);
  });

  test('goes on after an outage of the broker', async () => {
    const heard = await listen();
    await house.start();
    await house.inPool(fillStarted(1, 1));
    await house.untilStored(2);
    await house.server.kill();
    await house.server.restart();
    await eventually(async () => (await house.broker.store.lastSequence()) > 0);
    await eventually(
      async () => {
        await house.broker.progress.report(progress(42)).catch(() => undefined);
        await house.outsider.flush();
        return heard.length > 0;
      },
      { timeoutMs: 15_000 },
    );
    expect(heard[0]).toBe('image_volume_cache.fill.progress 42');
  }, 30_000);
});
