import type { DriverEnvironment } from '@hearth/driver-api';
import type { ImageService, KeyManager } from '@hearth/openstack-clients';
import { type ConfinementLevel, openConfinement } from './convert/confinement';
import { type ConversionLimits, defaultConversionLimits } from './convert/conversion-limits';
import { ScratchSpace } from './convert/scratch-space';
import { BlockThreads } from './disk/block-threads';
import type { FillTools } from './fill-work';
import { HashLanes } from './hash/hash-lanes';
import { SignatureChecks } from './signature/signature-check';

export interface FillToolsOptions {
  readonly source: Pick<ImageService, 'open'>;
  /** For images that have to be stored before they can be read. */
  readonly scratchDirectory: string;
  /** `false` where signatures are not verified; `undefined` where no key manager is configured. */
  readonly keyManager: KeyManager | undefined | false;
  readonly ignoredChecks?: readonly string[];
  /** Whom `qemu-img` runs as where we are root; `nobody` unless told. */
  readonly conversionUser?: string;
  /** The least by which `qemu-img` must be cut off, or it is not run; `namespaces` unless told. */
  readonly conversionConfinement?: ConfinementLevel;
  readonly conversionLimits?: Partial<ConversionLimits>;
  readonly resume?: FillTools['resume'];
  readonly minimumPace?: FillTools['minimumPace'];
  readonly log: DriverEnvironment['log'];
}

/** What fills share, for the life of the process. `close` ends what was opened here, and neither `source` nor `keyManager`. */
export async function openFillTools(
  options: FillToolsOptions,
): Promise<FillTools & { readonly close: () => Promise<void> }> {
  const { source, scratchDirectory, keyManager, ignoredChecks = [], log } = options;
  const { conversionUser = 'nobody', conversionConfinement = 'namespaces' } = options;
  const program = 'qemu-img';
  const confinement = await openConfinement({ user: conversionUser, program, least: conversionConfinement, log });
  const lanes = new HashLanes();
  const threads = new BlockThreads();
  lanes.start();
  threads.start();
  return {
    ...{ source, ignoredChecks, lanes, threads, resume: options.resume, minimumPace: options.minimumPace },
    scratch: new ScratchSpace(scratchDirectory),
    qemuImg: { program: [program], confinement, limits: { ...defaultConversionLimits, ...options.conversionLimits } },
    signatures: keyManager === false ? undefined : new SignatureChecks({ keyManager }),
    onResumed: (image, { atByte, skippedBytes, attempts, cause }) =>
      log.warn('a download broke off and goes on', { imageId: image.id, atByte, skippedBytes, attempts, cause }),
    close: async () => {
      await Promise.all([lanes.close(), threads.close(), confinement.close()]);
    },
  };
}
