import type { ImageIdentity, InternalQuotaAnswer, InternalQuotaQuestion } from '@hearth/contracts';
import type { CommandEnvironment } from '@hearth/event-sourcing';
import type { PoolRef } from '@hearth/kernel';
import type { Log } from '@hearth/platform';
import type { VolumeEncryption } from '../encryption/volume-encryption';
import type { ShownImage } from '@hearth/openstack-clients';
import type { FillOrder } from '../fill/fill-work';
import type { ImageAtPlace } from '../fill/verify-place';
import type { WrittenImage } from '../fill/write-image';
import type { Peers } from '../peers/peers';
import type { Pool } from '../pools/pool';
import type { FoundImage } from '../upload/place-image';
import type { UploadOrder, UploadedImage } from '../upload/upload-image';
import type { OneAtATime } from './one-at-a-time';
import type { ProgressReporter } from './progress';

/** Fetches an image and writes it: `writeImage`, bound to the image service. Throws `FillError`; leaves nothing behind then. */
export type ImageWriter = (order: FillOrder) => Promise<WrittenImage>;

/** Gives an image its bytes: `uploadImage`, bound to the image service. Throws `UploadError`. */
export type ImageUploader = (order: UploadOrder) => Promise<UploadedImage>;

/** Other hosts as this one works with them. */
export type PeersOfHost = Pick<Peers, 'url' | 'serve' | 'fill' | 'close'>;

/** What all work on this host shares. */
export interface Host extends CommandEnvironment {
  readonly name: string;
  /** A new one at each start of the process: it tells a fill of ours from one of a predecessor that died. */
  readonly incarnation: string;
  readonly pools: ReadonlyMap<PoolRef, Pool>;
  /** Those that the configuration names, open or not. */
  readonly backendNames: ReadonlySet<string>;
  readonly writeImage: ImageWriter;
  readonly uploadImage: ImageUploader;
  /** See `findImage`. */
  readonly findImage: (imageId: string, url: string, signal: AbortSignal) => Promise<FoundImage>;
  /** See `placeImage`. */
  readonly placeImage: (imageId: string, url: string, signal: AbortSignal) => Promise<ImageIdentity | undefined>;
  /** Removes the record of an image that has no bytes; true when there is none any more. Throws `ImageUploadError`. */
  readonly withdrawImage: (imageId: string, signal: AbortSignal) => Promise<boolean>;
  /** Where an image's bytes are, as URLs; undefined where no scheme of them is allowed. Throws `ImageUploadError`. */
  readonly locationsOf?: ((imageId: string, signal: AbortSignal) => Promise<readonly string[]>) | undefined;
  /** Schemes of such URLs that volumes are made from directly (`allowed_direct_url_schemes`); `cinder` unless told. */
  readonly directUrlSchemes?: readonly string[] | undefined;
  /** Reads an image where it lies beside the volumes, as `VerifiedPlaces.look`; undefined where that is not allowed. Throws `FillError`. */
  readonly verifyImageAt?: ((at: ImageAtPlace) => Promise<WrittenImage>) | undefined;
  /** An image as the image service shows it to the service now. Throws `ImageServiceError`. */
  readonly showImage: (imageId: string, signal: AbortSignal) => Promise<ShownImage>;
  /** Whether the internal project's quota has room for one more image-volume; without it there is no quota. Throws nothing. */
  readonly internalQuota?: ((question: InternalQuotaQuestion) => Promise<InternalQuotaAnswer>) | undefined;
  /** Encrypts volumes; undefined where no key manager is configured. */
  readonly encryption?: VolumeEncryption | undefined;
  /** What is waited before a backend that is busy or away is asked again, in milliseconds each; then its answer stands. */
  readonly retryWaitsMs: readonly number[];
  /** Other hosts, whose copies are taken before the image service is asked. Undefined where the operator has not set it up. */
  readonly peers?: PeersOfHost | undefined;
  /** Images' signatures are verified here (`verify_glance_signatures`). */
  readonly signaturesVerified: boolean;
  /** Work by volume. */
  readonly turns: OneAtATime;
  /** How far running fills have come is told here. */
  readonly progress: ProgressReporter;
  readonly log: Log;
}

/** Milliseconds that a piece of work took, with its result. */
export async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const start = performance.now();
  const result = await work();
  return { result, ms: Math.round((performance.now() - start) * 1000) / 1000 };
}
