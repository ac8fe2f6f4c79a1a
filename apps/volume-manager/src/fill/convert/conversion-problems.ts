import type { Failure } from '@hearth/contracts';
import { FillError } from '../fill-error';

/** The ways in which work on a stored image can end early, apart from the host's disk being full. */
export type ConversionProblem =
  | 'not-installed'
  | 'cannot-confine'
  | 'cpu-limit'
  | 'memory-limit'
  | 'output-limit'
  | 'no-room'
  | 'stalled'
  | 'too-long'
  | 'talkative'
  | 'killed'
  | 'crashed'
  | 'starved'
  | 'exit-code'
  | 'garbage'
  | 'qemu-img-disagrees';

type Told = readonly [code: Failure['code'], reason: string];

/** What the image itself brings about is its fault and final; what the host brings about may go well another time. */
const told: Readonly<Record<ConversionProblem, Told>> = {
  'not-installed': ['image.copy_failed', 'The host cannot convert images of this format.'],
  'cannot-confine': ['image.copy_failed', 'The host cannot convert images safely.'],
  'cpu-limit': ['image.unacceptable', 'The image takes more processor time to convert than is allowed.'],
  'memory-limit': ['image.unacceptable', 'The image takes more memory to convert than is allowed.'],
  'output-limit': ['image.unacceptable', 'The image holds more bytes than it says.'],
  'no-room': ['image.too_big', 'The host has no room to convert the image.'],
  stalled: ['image.copy_failed', 'The conversion of the image made no progress.'],
  'too-long': ['image.copy_failed', 'The conversion of the image took too long.'],
  talkative: ['image.unacceptable', 'The image cannot be read: too much is found in it.'],
  killed: ['image.copy_failed', 'The conversion of the image was ended from outside.'],
  crashed: ['image.unacceptable', 'The image cannot be converted.'],
  starved: ['image.copy_failed', 'The host has too much to do to convert the image.'],
  'exit-code': ['image.unacceptable', 'The image cannot be converted.'],
  garbage: ['image.unacceptable', 'The image cannot be read: nothing sensible is found in it.'],
  'qemu-img-disagrees': ['image.unacceptable', 'The image is not acceptable: qemu-img-disagrees'],
};

/** A stored image could not be looked at or converted. */
export class ConversionError extends FillError {
  /** @param detail for the operator; may hold what a program wrote, of which a tenant is told only what qemu-img found otherwise */
  constructor(
    readonly problem: ConversionProblem,
    detail: string,
    options?: ErrorOptions,
  ) {
    const [code, reason] = told[problem];
    super(
      {
        code,
        reason: problem === 'qemu-img-disagrees' ? `${reason}: ${detail}` : reason,
        detail: `${problem}: ${detail}`,
      },
      options,
    );
    this.name = 'ConversionError';
  }
}

/** The scratch directory, not the backend, is full; as in Cinder the image counts as too big then. */
export function scratchFull(directory: string, missingBytes: number, cause?: unknown): FillError {
  const missing = `${Math.ceil(missingBytes / 2 ** 20)} MiB are missing`;
  const reason = `The image has to be stored before it can be read, and the host has no room for it: ${missing}.`;
  const detail = `${directory}: ${missingBytes} bytes are missing`;
  return new FillError({ code: 'image.too_big', reason, detail }, { cause });
}

/** A full file system and an exhausted quota, as the system spells them. */
export function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** The last line of what a program wrote, short and printable: it may quote the image. */
export function lastLine(text: string): string {
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  return line.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300);
}
