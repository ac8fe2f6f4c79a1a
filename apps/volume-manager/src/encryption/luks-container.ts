import type { LuksFormat } from '@hearth/domain';
import { runConfined } from '../fill/convert/confined-run';
import { conversionCpuSeconds } from '../fill/convert/conversion-limits';
import { ConversionError } from '../fill/convert/conversion-problems';
import { type QemuImg, inputPath, lendForReading, openTo, outputPath, sourceOptions } from '../fill/convert/qemu-img';
import type { ScratchFile } from '../fill/convert/scratch-file';
import type { ScratchSpace } from '../fill/convert/scratch-space';
import { lendPassphrase } from './passphrase-file';

/** What containers are made with. */
export interface LuksTools {
  readonly scratch: ScratchSpace;
  readonly qemuImg: QemuImg;
}

export interface ContainerOptions extends LuksTools {
  readonly format: LuksFormat;
  readonly key: Buffer;
  /** The guest's bytes. */
  readonly payloadBytes: number;
  readonly signal: AbortSignal;
}

/** The third file that a program is given. */
const thirdPath = '/proc/self/fd/5';

/**
 * The passphrase is a random key, which no stretching makes harder to guess: the shortest there is (1,000 rounds at the least). That
 * spares every guest's start the seconds that a password is worth.
 */
const iterationMs = 10;

/**
 * How often qemu-img is asked to measure this host's processor, which it does whatever it is told of iterations: where the clock of
 * processor time ticks as slowly as a first round of 32,768 takes (some 10 ms), about one time in five fails, at once and at no cost.
 */
const measuringAttemptsMax = 30;
const notMeasured = /accurate CPU usage/;

/**
 * Makes a LUKS 1 container with room for `payloadBytes` in a scratch file, which the caller closes; what a guest would read of it is noise.
 * Room for all of it is set aside. Throws a `FillError`, a `ConversionError` mostly, or the signal's reason; then nothing is left.
 */
export async function createContainer(options: ContainerOptions): Promise<ScratchFile> {
  const { scratch, qemuImg, format, payloadBytes } = options;
  const container = await scratch.openFile({ reserveBytes: format.headerBytes + payloadBytes });
  try {
    await openTo(container, qemuImg.confinement.gid, 0o660);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await create(options, container);
        break;
      } catch (error) {
        const isChance = error instanceof ConversionError && notMeasured.test(error.failure.detail ?? '');
        if (!isChance || attempt >= measuringAttemptsMax) throw error;
      }
    }
    await requireHeader(container, format);
    return container;
  } catch (error) {
    await container.close();
    throw error;
  }
}

async function create(
  { format, key, payloadBytes, qemuImg, scratch, signal }: ContainerOptions,
  container: ScratchFile,
) {
  const { confinement, program, limits } = qemuImg;
  const { cpuSeconds, addressSpaceBytes, lookMs } = limits;
  await lendPassphrase(key, { scratchDirectory: scratch.directory, gid: confinement.gid }, (passphrase) =>
    runConfined(confinement, {
      argv: [
        ...[...program, 'create', '-q', '-f', 'luks', '-o', optionsOf(format)],
        ...[...secretObject(inputPath), outputPath, String(payloadBytes)],
      ],
      files: [passphrase, container.handle.fd],
      limits: { cpuSeconds, addressSpaceBytes, fileBytes: format.headerBytes + payloadBytes, totalMs: lookMs },
      signal,
    }),
  );
}

/**
 * Encrypts a raw disk into a container of its size: all of it, for what was never written there would read as noise. Throws as
 * `createContainer` does.
 */
export async function fillContainer(
  disk: ScratchFile,
  container: ScratchFile,
  { format, key, payloadBytes, qemuImg, scratch, signal }: ContainerOptions,
): Promise<void> {
  const { confinement, program, limits } = qemuImg;
  const target = `driver=luks,key-secret=key,file.driver=file,file.filename=${outputPath}`;
  await lendPassphrase(key, { scratchDirectory: scratch.directory, gid: confinement.gid }, (passphrase) =>
    lendForReading(disk, confinement.gid, (fd) =>
      runConfined(confinement, {
        argv: [
          ...[...program, 'convert', '-p', '-n', ...secretObject(thirdPath), ...sourceOptions('raw')],
          ...['--target-image-opts', target],
        ],
        files: [fd, container.handle.fd, passphrase],
        limits: {
          cpuSeconds: conversionCpuSeconds(limits, payloadBytes),
          addressSpaceBytes: limits.addressSpaceBytes,
          fileBytes: format.headerBytes + payloadBytes,
          totalMs: limits.totalMs,
        },
        signal,
        watch: {
          stallMs: limits.stallMs,
          look: async (written) => ({ seen: `${written} ${await container.allocatedBytes()}` }),
        },
      }),
    ),
  );
}

const secretObject = (path: string) => ['--object', `secret,id=key,file=${path}`];

function optionsOf({ cipherAlg, cipherMode, ivgenAlg, ivgenHashAlg }: LuksFormat): string {
  return [
    ...['key-secret=key', `cipher-alg=${cipherAlg}`, `cipher-mode=${cipherMode}`, `ivgen-alg=${ivgenAlg}`],
    ...(ivgenHashAlg === undefined ? [] : [`ivgen-hash-alg=${ivgenHashAlg}`]),
    `iter-time=${iterationMs}`,
  ].join(',');
}

const magic = Buffer.from('LUKS\xba\xbe\0\x01', 'latin1');
const payloadOffsetAt = 104;

/** What fits beside the header was reckoned before there was one. */
async function requireHeader(container: ScratchFile, { headerBytes }: LuksFormat): Promise<void> {
  const beginning = Buffer.from(await container.read(0, 512));
  const offsetBytes = beginning.length === 512 ? beginning.readUInt32BE(payloadOffsetAt) * 512 : 0;
  if (beginning.subarray(0, magic.length).equals(magic) && offsetBytes === headerBytes) return;
  const detail = `the container's bytes begin at ${offsetBytes}, and ${headerBytes} were expected`;
  throw new ConversionError('garbage', detail);
}
