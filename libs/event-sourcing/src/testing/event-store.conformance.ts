import { commitCodec, type CommitCodec } from '../commit-codec';
import { describeAppend } from './append.conformance';
import { describeFollow } from './follow.conformance';
import { describeRead } from './read.conformance';
import { sampleContracts } from './sample-commits';
import type { StoreUnderTest } from './store-under-test';
import { describeVersions } from './versions.conformance';

/** What every adapter of the log does alike. `open` makes an empty log that uses the given codec. */
export function eventStoreConformance(name: string, open: (codec: CommitCodec) => Promise<StoreUnderTest>): void {
  describe(`${name} as an event store`, () => {
    let under: StoreUnderTest;
    beforeEach(async () => {
      under = await open(commitCodec(sampleContracts));
    });
    afterEach(() => under.close());

    describeAppend(() => under.store);
    describeRead(() => under.store);
    describeVersions(() => under);
    describeFollow(() => under.store);
  });
}
