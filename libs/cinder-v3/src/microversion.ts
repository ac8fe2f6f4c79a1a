import { badRequest, FaultError } from './fault';

/** The minor of 3.x: the newest that this API speaks. What each one brought is named where it matters. */
export const newestMinor = 70;

export const versionHeader = 'OpenStack-API-Version';

/** The value of the answer's header: `volume 3.70`. */
export const versionHeaderValue = (minor: number) => `volume 3.${minor}`;

/**
 * The minor that a request asks for by `OpenStack-API-Version: volume 3.x`; 0 when it asks for none, the newest for
 * `latest`. The header may name versions of several services with commas between. Throws a fault of 400 or 406.
 */
export function negotiateMinor(header: string | undefined): number {
  const wanted = header === undefined ? undefined : volumeVersion(header);
  if (wanted === undefined) return 0;
  if (wanted === 'latest') return newestMinor;
  const [, major, minor] = /^([1-9]\d{0,4})\.(0|[1-9]\d{0,4})$/.exec(wanted) ?? [];
  if (major === undefined || minor === undefined) {
    throw badRequest(`API Version String ${wanted} is of invalid format. Must be of format MajorNum.MinorNum.`);
  }
  if (major !== '3' || Number(minor) > newestMinor) throw new UnsupportedVersionError(wanted);
  return Number(minor);
}

/** A version that is well-formed and not spoken here; the answer's version header repeats it. */
export class UnsupportedVersionError extends FaultError {
  constructor(readonly version: string) {
    const message = `Version ${version} is not supported by the API. Minimum is 3.0 and maximum is 3.${newestMinor}.`;
    super({ status: 406, message });
  }
}

function volumeVersion(header: string): string | undefined {
  for (const part of header.split(',')) {
    const [service, version, ...more] = part.trim().split(/\s+/);
    if (service?.toLowerCase() === 'volume' && version !== undefined && more.length === 0) return version.toLowerCase();
  }
  return undefined;
}
