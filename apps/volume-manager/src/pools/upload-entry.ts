import type { Failure, FillEvidence, ImageIdentity } from '@hearth/contracts';
import {
  type CacheEntry,
  type ContentKeyRules,
  contentKey,
  givenUpBy,
  presentSignatureProperties,
  servingEntry,
  type UploadFacts,
  uploadKey,
  type VolumeDetails,
  type VolumeRequest,
} from '@hearth/domain';
import { wasRefused } from '@hearth/event-sourcing';
import { type VolumeId, gibToBytes } from '@hearth/kernel';
import { timed } from '../host/host';
import { withinInternalQuota } from '../host/internal-quota';
import { untilStored } from '../host/until-stored';
import type { SentImage, UploadedImage } from '../upload/upload-image';
import { canCloneVolumes, cloneVolume } from '../volumes/clone-volume';
import { connectedTo } from '../volumes/objects-of';
import type { StepWork } from '../volumes/step-work';
import { limitsOf, objectOf } from './pool';

/** One volume that is uploaded as an image. */
export interface UploadStep {
  readonly upload: UploadFacts;
  readonly request: VolumeRequest;
  readonly details: VolumeDetails;
}

/** An entry for an image that is not there yet. */
export interface UploadEntry {
  readonly entry: CacheEntry;
  readonly cloneMs: number;
}

/**
 * Makes an entry of the pool's cache from a volume, before that is uploaded as an image: its image-volume is a clone of `source`, the
 * volume or what is the image's place already, and nobody writes to it. Gives a typed reason where there can be no such entry. Throws when
 * the log is away, or the process ends.
 */
export async function beginUploadEntry(
  work: StepWork,
  step: UploadStep,
  source: VolumeId,
): Promise<UploadEntry | string> {
  const { host, pool, volume, signal } = work;
  const unfit = whyNot(work, step);
  if (unfit !== undefined) return unfit;
  const entry = await beginFill(work, step);
  if (typeof entry === 'string') return entry;
  const target = objectOf(pool, entry.imageVolumeId);
  const { sizeGib } = step.details;
  try {
    const { ms } = await timed(() => cloneVolume(work, { source, target, sizeGib }));
    return { entry, cloneMs: ms };
  } catch (error) {
    signal.throwIfAborted();
    const about = { volumeId: volume.id, pool: pool.ref, generation: entry.generation };
    host.log.warn('no copy of a volume can be kept for the image it is uploaded as', { ...about, error });
    await failUploadEntry(work, entry, { code: 'image.copy_failed', reason: 'The volume could not be cloned.' });
    return 'clone-failed';
  }
}

function whyNot({ pool, volume }: StepWork, { request }: UploadStep): string | undefined {
  const { cache, internalTenant } = pool.backend;
  if (cache.state !== 'enabled' || !internalTenant) return `cache-${cache.state}`;
  if (request.encryptionKeyId !== undefined) return 'encrypted';
  const inUse = connectedTo(volume.state).length > 0;
  return canCloneVolumes(pool, { inUse }) ? undefined : 'driver-cannot-clone';
}

async function beginFill(work: StepWork, { upload, details }: UploadStep): Promise<CacheEntry | string> {
  const { host, pool, volume, signal } = work;
  const { internalTenant } = pool.backend;
  if (!internalTenant) return 'cache-misconfigured';
  const content = uploadKey(upload.imageId);
  const earlier = servingEntry(pool.cache.state(), content);
  // An attempt before this one, of this process or of one that died: its image-volume was a copy of that moment.
  const anew: Failure = { code: 'image.upload_failed', reason: 'The upload was begun anew.' };
  if (earlier) await failUploadEntry(work, earlier, anew);
  const command = {
    ...({ do: 'BeginFill', image: unsentImage(upload, { details, at: host.now() }), content } as const),
    sizeGib: details.sizeGib,
    limits: limitsOf(pool),
    imageVolumeId: host.newId() as VolumeId,
    filler: { host: host.name, incarnation: host.incarnation },
    internalProjectId: internalTenant.projectId,
    internalUserId: internalTenant.userId,
    at: host.now(),
  };
  const answer = await withinInternalQuota(host, pool, { ...internalTenant, signal }, async (hasQuota) => {
    if (!(await hasQuota(details.sizeGib, givenUpBy(command, pool.cache.state())))) return 'internal-quota';
    return untilStored(signal, () => pool.cache.submit(command, volume.context));
  });
  if (answer === 'internal-quota') return answer;
  if (wasRefused(answer)) return answer.refused.replace('image-cache.', '').replaceAll('_', '-');
  return servingEntry(answer.state, content) ?? 'no-entry';
}

/** What is known of an image before it has bytes. */
function unsentImage(
  upload: UploadFacts,
  { details, at }: { readonly details: VolumeDetails; readonly at: string },
): ImageIdentity {
  const { imageId, imageName, diskFormat, containerFormat, visibility, imageOwner } = upload;
  return {
    ...{ id: imageId, name: imageName, updatedAt: at, diskFormat, containerFormat, visibility, owner: imageOwner },
    ...{ osHashAlgo: null, osHashValue: null, checksum: null, sizeBytes: 0 },
    ...{ virtualSizeBytes: gibToBytes(details.sizeGib), minDiskGib: 0, minRamMib: 0, properties: {} },
  };
}

/**
 * Makes the entry a copy of the image whose bytes were sent from it, or whose place it is a clone of (`place`), so that the first create
 * from that is a hit. It goes where another copy of the image is made or serves already, and where it is not certain that it is one.
 */
export async function completeUploadEntry(
  work: StepWork,
  { entry, cloneMs }: UploadEntry,
  { image, sent }: Pick<UploadedImage, 'image'> & { readonly sent: SentImage | 'place' | undefined },
): Promise<void> {
  const { host, pool, volume, signal } = work;
  const { generation } = entry;
  const rules: ContentKeyRules = {
    hashesTrusted: pool.backend.config.image_hashes_trusted,
    signaturesVerified: host.signaturesVerified,
  };
  if (!sent) return failUploadEntry(work, entry, notOurs('Another process had sent the bytes.'));
  // Of a record without bytes its owner may change the format: the same bytes are another disk then.
  const { diskFormat, containerFormat } = entry.image;
  if (image.diskFormat !== diskFormat || image.containerFormat !== containerFormat) {
    return failUploadEntry(work, entry, notOurs('The image is not of the format that was asked for.'));
  }
  if (host.signaturesVerified && presentSignatureProperties(image.properties).length > 0) {
    return failUploadEntry(work, entry, notOurs('The image says that it is signed, which nobody has verified.'));
  }
  const evidence = evidenceOf(sent);
  const content = contentKey(image, rules);
  if (sent === 'place' && content !== contentKey(image, { ...rules, hashesTrusted: false })) {
    return failUploadEntry(work, entry, notOurs('Nobody has computed the hash by which the copy would serve others.'));
  }
  const created = {
    ...{ generation, ...evidence, at: host.now(), bytesDownloaded: 0, bytesWritten: 0 },
    signature: host.signaturesVerified ? ('absent' as const) : ('unchecked' as const),
    source: { kind: 'volume' as const, host: null, declined: [] },
    durationsMs: { clone: cloneMs, ...(sent === 'place' ? {} : sent.durationsMs) },
  };
  const identity = { image, content };
  const answer = await untilStored(signal, () =>
    pool.cache.submit({ do: 'CompleteFill', created, identity }, volume.context),
  );
  if (!wasRefused(answer)) {
    host.log.info('a volume that was uploaded is a copy of its image', {
      ...{ pool: pool.ref, imageId: image.id, generation, imageVolumeId: entry.imageVolumeId },
    });
    return;
  }
  await failUploadEntry(work, entry, notOurs('Another copy of the image is there already.'));
}

/** Of an image that is a volume nobody has computed a hash. */
function evidenceOf(sent: SentImage | 'place'): Pick<FillEvidence, 'digest' | 'verifiedBy' | 'contentDigest'> {
  if (sent === 'place') return { digest: null, verifiedBy: 'none' };
  return {
    digest: sent.digest,
    verifiedBy: sent.verified ? 'os_hash' : 'none',
    contentDigest: sent.contentDigest,
  };
}

const notOurs = (reason: string): Failure => ({ code: 'cache.not_admitted', reason });

/** The entry serves nobody; its image-volume is reaped. */
export async function failUploadEntry(
  { pool, volume, signal }: StepWork,
  { generation }: Pick<CacheEntry, 'generation'>,
  failure: Failure,
): Promise<void> {
  const command = { do: 'FailFill', generation, failure, transient: false } as const;
  await untilStored(signal, () => pool.cache.submit(command, volume.context));
}
