import type { ImageCacheEvent } from '@hearth/contracts';
import type { Generation, PoolRef, ProjectId, UserId, VolumeId } from '@hearth/kernel';
import { exampleImage } from '../volume/volume.examples';
import { contentKey } from './content-key';
import type { CommandOf } from './image-cache.commands';

/** Sample facts and commands for tests: numbered images, volumes and generations in one pool. */
const numbered = (prefix: string, ordinal: number) => `${prefix}-0000-4000-8000-${String(ordinal).padStart(12, '0')}`;

export const volumeOf = (ordinal: number) => numbered('10000000', ordinal) as VolumeId;
export const imageVolumeOf = (ordinal: number) => numbered('20000000', ordinal) as VolumeId;
export const imageOf = (ordinal: number) => ({
  ...exampleImage,
  id: numbered('30000000', ordinal),
  osHashValue: String(ordinal).padStart(128, '0'),
});
export const contentOf = (ordinal: number) =>
  contentKey(imageOf(ordinal), { hashesTrusted: false, signaturesVerified: true });
export const generationOf = (ordinal: number) => ordinal as Generation;
export const cachePool = 'store-01@fast#default' as PoolRef;

const internal = { internalProjectId: 'hearth-internal' as ProjectId, internalUserId: 'hearth' as UserId };
export const thisProcess = { host: 'store-01', incarnation: 'a' };

/** Volume `volume` asks for image `image`; a fill, if it comes to that, makes the image-volume of the same number as the volume. */
export const claim = (
  volume: number,
  image: number,
  patch: Partial<CommandOf<'ClaimEntry'>> = {},
): CommandOf<'ClaimEntry'> => ({
  do: 'ClaimEntry',
  volumeId: volumeOf(volume),
  image: imageOf(image),
  content: contentOf(image),
  sizeGib: 2,
  limits: { maxSizeGib: 0, maxCount: 0 },
  imageVolumeId: imageVolumeOf(volume),
  filler: thisProcess,
  ...internal,
  at: '2026-01-02T03:00:00.000Z',
  ...patch,
});

export const complete = (generation: number): CommandOf<'CompleteFill'> => ({
  do: 'CompleteFill',
  created: {
    generation: generationOf(generation),
    digest: 'sha512:00',
    verifiedBy: 'os_hash',
    contentDigest: 'sha256-1m:00',
    signature: 'absent',
    at: '2026-01-02T03:04:05.000Z',
    bytesDownloaded: 100,
    bytesWritten: 200,
    durationsMs: { download: 5 },
  },
});

export const fail = (generation: number, transient: boolean): CommandOf<'FailFill'> => ({
  do: 'FailFill',
  generation: generationOf(generation),
  failure: { code: transient ? 'image.connection_failed' : 'image.unacceptable', reason: 'it failed' },
  transient,
});

export const settle = (volume: number, succeeded = true): CommandOf<'SettleClaim'> => ({
  do: 'SettleClaim',
  volumeId: volumeOf(volume),
  succeeded,
  projectId: 'demo' as ProjectId,
  userId: 'alice' as UserId,
  sizeGib: 10,
  volumeType: '__DEFAULT__',
  requestId: 'req-1',
});

export const actor = { userId: 'admin' as UserId, projectId: 'ops' as ProjectId, requestId: 'req-9' };

/** So many whole minutes, up to 60 days, after the hour at which `claim` asks. */
export const minutesLater = (minutes: number) => {
  const [day, hour] = [Math.floor((minutes + 180) / 1_440), Math.floor((minutes + 180) / 60) % 24];
  const two = (figure: number) => String(figure).padStart(2, '0');
  const [month, date] = day < 30 ? ['01', day + 2] : ['02', day - 29];
  return `2026-${month}-${two(date)}T${two(hour)}:${two(minutes % 60)}:00.000Z`;
};

export const prefetchOf = (ordinal: number) => numbered('40000000', ordinal);

/** Prefetch `ordinal` of image `image`. */
export const requestPrefetch = (
  ordinal: number,
  image: number,
  patch: Partial<CommandOf<'RequestPrefetch'>> = {},
): CommandOf<'RequestPrefetch'> => ({
  ...{ do: 'RequestPrefetch', prefetchId: prefetchOf(ordinal), imageId: imageOf(image).id, deadline: null, pin: false },
  ...{ by: actor, at: minutesLater(0), ...patch },
});

/** The fill of an image that no create asked for. */
export const beginFill = (
  volume: number,
  image: number,
  patch: Partial<CommandOf<'BeginFill'>> = {},
): CommandOf<'BeginFill'> => {
  const { do: _do, volumeId: _volumeId, ...request } = claim(volume, image);
  return { do: 'BeginFill', ...request, ...patch };
};

export const pin = (image: number): CommandOf<'PinImage'> => ({
  ...{ do: 'PinImage', imageId: imageOf(image).id, note: null, by: actor, at: minutesLater(0) },
});

export const switchOff = (ready: 'drain' | 'stay'): CommandOf<'SwitchOff'> => ({
  ...{ do: 'SwitchOff', ready, by: actor, at: minutesLater(0) },
});

export const suspend = (
  image: number,
  cause: CommandOf<'SuspendImage'>['cause'] = 'deactivated',
): CommandOf<'SuspendImage'> => ({ do: 'SuspendImage', imageId: imageOf(image).id, cause, at: minutesLater(0) });

export const fillStarted = (
  generation: number,
  image: number,
  patch: Partial<Extract<ImageCacheEvent, { type: 'fill-started' }>['data']> = {},
): ImageCacheEvent => ({
  type: 'fill-started',
  data: {
    generation: generationOf(generation),
    content: contentOf(image),
    image: imageOf(image),
    imageVolumeId: imageVolumeOf(generation),
    sizeGib: 2,
    volumeId: volumeOf(generation),
    ...thisProcess,
    attempt: 1,
    ...internal,
    ...patch,
  },
});
