import type { CreateDecision, ImageIdentity } from '@hearth/contracts';
import {
  type ImageCacheCommand,
  type VolumeCommand,
  contentKey,
  imageCacheDecider,
  volumeDecider,
} from '@hearth/domain';
import { exampleDecision, failed } from '@hearth/domain/testing';
import { runCommand } from '@hearth/event-sourcing';
import type { PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { randomUUID } from 'node:crypto';
import { TestHouse } from '../testing/test-house';

let house: TestHouse;
let id: VolumeId;
let image: ImageIdentity;
let fast: PoolRef;
let slow: PoolRef;
beforeEach(async () => {
  house = await TestHouse.open({ backends: { fast: {}, slow: {} } });
  [fast, slow] = house.pools as [PoolRef, PoolRef];
  image = house.images.add();
  id = await house.request(image);
  await ofVolume({ do: 'RecordPlacement', pool: fast, availabilityZone: 'nova', rejected: [] });
  await claimByDead();
});
afterEach(() => house.close());

const ofVolume = (command: VolumeCommand) =>
  runCommand(house.environment, volumeDecider, { category: 'volume', id }, command);
const ofCache = (command: ImageCacheCommand) =>
  runCommand(house.environment, imageCacheDecider, { category: 'image-cache', id: fast }, command);
const provisioned = (pool: PoolRef, decision: CreateDecision) =>
  ofVolume({ do: 'RecordProvisioned', pool, bootable: true, imageMetadata: {}, decision });

/** The create has a claim, and a process that is no more was to fill its entry. */
const claimByDead = () =>
  ofCache({
    do: 'ClaimEntry',
    volumeId: id,
    image,
    content: contentKey(image, { hashesTrusted: false, signaturesVerified: true }),
    sizeGib: 1,
    limits: { maxSizeGib: 0, maxCount: 0 },
    imageVolumeId: randomUUID() as VolumeId,
    filler: { host: 'store-01', incarnation: 'of a process that died' },
    internalProjectId: 'internal' as ProjectId,
    internalUserId: 'hearth' as UserId,
    at: house.environment.now(),
  });

/** The chores, twice: the first run gives up the dead process's fill, the second finds the claim on it. */
async function afterChores() {
  const signal = new AbortController().signal;
  for (const _ of [1, 2]) await house.manager.react({ kind: 'pool', id: fast }, signal);
  expect((await house.cache(fast)).claims.size).toBe(0);
  return house.cacheCounts(fast);
}

test('P8: a create that ended on another pool leaves neither hit nor miss on the one it left', async () => {
  await ofVolume({ do: 'RecordCreateFailure', pool: fast, failure: failed('backend.full'), decision: null });
  await ofVolume({ do: 'RecordPlacement', pool: slow, availabilityZone: 'nova', rejected: [] });
  await provisioned(slow, exampleDecision);
  const counts = await afterChores();
  expect(counts).toMatchObject({ 'lease-ended': 1 });
  expect(counts).not.toHaveProperty('hit');
  expect(counts).not.toHaveProperty('miss');
});

test('P8: a create that was served by a download leaves neither hit nor miss', async () => {
  await provisioned(fast, { ...exampleDecision, outcome: 'bypass', strategy: 'download', entry: null });
  const counts = await afterChores();
  expect(counts).toMatchObject({ 'lease-ended': 1 });
  expect(counts).not.toHaveProperty('miss');
});

test('P8: a create that ended here leaves its one miss, whoever settles it', async () => {
  await provisioned(fast, { ...exampleDecision, outcome: 'miss' });
  expect(await afterChores()).toMatchObject({ miss: 1 });
});

test('P8: a claim of a process that had not heard of the end of the create leaves no second miss', async () => {
  await provisioned(fast, { ...exampleDecision, outcome: 'miss' });
  await afterChores();
  await claimByDead();
  expect(await afterChores()).toMatchObject({ miss: 1, 'lease-ended': 1 });
});
