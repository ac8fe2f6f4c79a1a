import { findProgram } from '@hearth/testing/servers';
import { bootGuest, type GuestDisk, GuestFailed } from '../guest/boot-guest';

const limitMs = 60_000;

/**
 * Boots a volume and returns the line that its guest prints, or a sentence when no guest can be started here or it takes more
 * than a minute.
 * @throws Error when the guest sees another size than the volume's, or other bytes than the image's.
 */
export async function showBoot(
  disk: GuestDisk,
  { sizeBytes, signal }: { readonly sizeBytes: number; readonly signal: AbortSignal },
): Promise<string> {
  const program = await findProgram('qemu-system-x86_64');
  if (!program) return 'the volume would boot, but no qemu-system-x86_64 is installed to show it with';
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  try {
    const { line, diskBytes, isIntact } = await bootGuest({ program, disk, signal: limit });
    if (diskBytes !== sizeBytes) throw new Error(`a guest sees a disk of ${diskBytes} bytes instead of ${sizeBytes}`);
    if (!isIntact) throw new Error('a guest found other bytes on its disk than the image has');
    return line;
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return `the volume did not boot within ${limitMs / 1000} s on this machine, so this is left out`;
    if (error instanceof GuestFailed) return `the volume was not shown to boot: the guest ${error.reason}`;
    throw error;
  }
}
