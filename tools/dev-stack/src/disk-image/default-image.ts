import { join } from 'node:path';
import { makeBootImage } from './boot-image';
import { makeDemoImage } from './demo-image';

/** The image that is taken when the caller names none. */
export interface DefaultImage {
  readonly file: string;
  /** Whether a guest can be started from it, which then says how large its disk is. */
  readonly boots: boolean;
}

/**
 * A disk that boots where Debian's packages can be had, else one that only holds files; kept in the folder `cacheDirectory`.
 * The log says which it is, and why.
 * @throws Error when neither can be made, and what `signal` was aborted with.
 */
export async function makeDefaultImage({
  cacheDirectory,
  signal,
  log,
}: {
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}): Promise<DefaultImage> {
  const directory = join(cacheDirectory, 'demo-image');
  try {
    const file = await makeBootImage({ directory, packagesDirectory: cacheDirectory, format: 'qcow2', log });
    log(`image: ${file}, a disk that boots, made of Debian's packages`);
    return { file, boots: true };
  } catch (error) {
    signal.throwIfAborted();
    log(
      `boot image: it could not be made, so a disk with files that does not boot is taken: ${(error as Error).message}`,
    );
    return { file: await makeDemoImage({ directory, log }), boots: false };
  }
}
