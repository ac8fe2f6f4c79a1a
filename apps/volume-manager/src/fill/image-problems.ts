import type { Failure, ImageIdentity } from '@hearth/contracts';
import { DriverError } from '@hearth/driver-api';
import type { DecodeProblem, RefusedImage } from '@hearth/image-format';
import { ImageServiceError, type ImageServiceProblem } from '@hearth/openstack-clients';
import { PackedProblemError } from './disk/disk-writer';
import { FillError } from './fill-error';

/** The inspector's verdict as a failure that names each failed check. */
export function refusedImage({ failures }: RefusedImage): FillError {
  const checks = failures.map(({ check, detail }) => `${check}: ${detail}`).join('; ');
  return new FillError({ code: 'image.unacceptable', reason: `The image is not acceptable: ${checks}` });
}

export function undecodable({ code, detail }: DecodeProblem): FillError {
  return new FillError({
    code: 'image.unacceptable',
    reason: `The image cannot be read: ${detail}`,
    detail: `${code}: ${detail}`,
  });
}

export function wrongHash(image: ImageIdentity, algorithm: string): FillError {
  const reason = `The bytes of image ${image.id} do not match its ${algorithm}: they were damaged or exchanged.`;
  return new FillError({ code: 'image.hash_mismatch', reason });
}

export function withoutSize(image: ImageIdentity): FillError {
  const reason = `The image service does not say how many bytes image ${image.id} has.`;
  return new FillError({ code: 'image.unacceptable', reason });
}

/** @param bytes what the server announced, or has sent so far */
export function wrongLength(image: ImageIdentity, bytes: number): FillError {
  const found =
    bytes > image.sizeBytes ? `more bytes than the ${image.sizeBytes}` : `${bytes} bytes, not the ${image.sizeBytes}`;
  const reason = `Image ${image.id} has ${found} that its record names.`;
  return new FillError({ code: 'image.download_failed', reason, detail: `the image service sends ${bytes} bytes` });
}

export function changedMeanwhile(image: ImageIdentity): FillError {
  const reason = `The bytes of image ${image.id} changed while they were fetched a second time.`;
  return new FillError({ code: 'image.download_failed', reason });
}

export function brokenOff(image: ImageIdentity, bytes: number): FillError {
  const reason = `The download of image ${image.id} ended after ${bytes} of ${image.sizeBytes} bytes.`;
  return new FillError({ code: 'image.download_failed', reason });
}

const codes: Readonly<Record<ImageServiceProblem, Failure['code']>> = {
  'not-found': 'image.not_found',
  forbidden: 'image.not_found',
  'no-data': 'image.download_failed',
  away: 'image.connection_failed',
  broken: 'image.download_failed',
  'no-ranges': 'image.download_failed',
  nonsense: 'image.download_failed',
};

const reasons: Readonly<Record<ImageServiceProblem, string>> = {
  'not-found': 'no longer exists',
  forbidden: 'may not be read',
  'no-data': 'has no data',
  away: 'cannot be fetched: the image service does not answer',
  broken: 'could not be fetched whole',
  'no-ranges': 'could not be fetched from where its download had ended',
  nonsense: 'could not be fetched',
};

/** What went wrong while an image was written, as a failure; what is neither the image service's nor the backend's stays as it is. */
export function asFillError(error: unknown, image: ImageIdentity): unknown {
  if (error instanceof ImageServiceError) {
    const reason = `Image ${image.id} ${reasons[error.problem]}.`;
    return new FillError({ code: codes[error.problem], reason, detail: error.message }, { cause: error });
  }
  if (error instanceof PackedProblemError) return undecodable(error.problem);
  if (error instanceof DriverError && error.code === 'full') {
    const missing =
      error.missingBytes === undefined ? '' : ` ${Math.ceil(error.missingBytes / 2 ** 20)} MiB are missing.`;
    const reason = `The backend has no room for the image.${missing}`;
    return new FillError({ code: 'backend.full', reason, detail: error.message }, { cause: error });
  }
  if (error instanceof DriverError) {
    const reason = 'The backend failed to take the image.';
    return new FillError({ code: 'backend.failed', reason, detail: error.message }, { cause: error });
  }
  return error;
}

/** The same error, which now says that more than was meant stayed on the backend. */
export function withRemains(error: unknown, remains: unknown): unknown {
  if (!(error instanceof FillError)) return error;
  const { failure } = error;
  const kept = `what had been written could not be removed: ${remains instanceof Error ? remains.message : String(remains)}`;
  return new FillError({ ...failure, detail: failure.detail ? `${failure.detail}; ${kept}` : kept }, { cause: error });
}
