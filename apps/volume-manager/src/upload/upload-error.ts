import type { Failure } from '@hearth/contracts';

/** An image was not given its bytes, for a reason that a failure code names. */
export class UploadError extends Error {
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(failure.detail ?? failure.reason, options);
    this.name = 'UploadError';
  }
}

export function uploadFailed(reason: string, detail?: string, options?: ErrorOptions): UploadError {
  return new UploadError({ code: 'image.upload_failed', reason, ...(detail !== undefined && { detail }) }, options);
}
