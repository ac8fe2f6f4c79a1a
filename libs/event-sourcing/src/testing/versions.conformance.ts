import { UnreadableEventError } from '@hearth/contracts';
import { UnreadableCommitError } from '../commit-codec';
import { streamNamed } from './sample-commits';
import { collect, followed, type StoreUnderTest } from './store-under-test';

/** What was written in other versions, and what cannot be read. */
export function describeVersions(under: () => StoreUnderTest): void {
  describe('versions', () => {
    const stored = (version: number, data: unknown, type = 'ServiceDisabled') =>
      new TextEncoder().encode(
        JSON.stringify({
          format: 1,
          id: 'old',
          recordedAt: '2020-01-01T00:00:00.000Z',
          events: [{ type, version, data }],
        }),
      );

    test.each([
      [1, { name: 'volume' }, 'was not recorded'],
      [2, { service: 'volume' }, 'was not recorded'],
      [3, { service: 'volume', reason: 'known' }, 'known'],
    ])('an event of version %i is read in its latest shape', async (version, data, reason) => {
      const stream = streamNamed('service');
      await under().appendBytes(stream, 'old', stored(version, data));
      const [commit] = await collect(under().store.read(stream));
      expect(commit!.events).toEqual([{ type: 'ServiceDisabled', data: { service: 'volume', reason } }]);
      const [batch] = await followed(under().store, { stream, afterSequence: 0 }, 1);
      expect(batch!.commits[0]!.events).toEqual(commit!.events);
    });

    test.each([
      ['a version from the future', stored(4, {}), /v4 .*upgrade/],
      ['a type that is unknown', stored(1, {}, 'ServicePainted'), /ServicePainted/],
      ['data that does not fit', stored(3, { service: 'volume' }), /reason/],
      ['bytes that are no JSON', new TextEncoder().encode('{"format":1'), /JSON/],
      ['an unknown format of commits', new TextEncoder().encode('{"format":2}'), /format/],
    ])('%s is an error that names stream and position', async (what, bytes, message) => {
      const stream = streamNamed('service');
      const sequence = await under().appendBytes(stream, 'strange', bytes);
      const failures = [
        await collect(under().store.read(stream)).catch((error: Error) => error),
        await followed(under().store, { stream, afterSequence: 0 }, 1).catch((error: Error) => error),
      ];
      for (const failure of failures) {
        expect(failure).toBeInstanceOf(UnreadableCommitError);
        expect((failure as Error).message).toContain(`position ${sequence} (service/${stream.id})`);
        expect((failure as Error).message).toMatch(message);
        const isOfOneEvent = !what.includes('bytes') && !what.includes('format');
        if (isOfOneEvent) expect((failure as Error).cause).toBeInstanceOf(UnreadableEventError);
      }
    });
  });
}
