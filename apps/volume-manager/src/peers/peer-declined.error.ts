/**
 * Why a peer did not serve:
 * - `unreachable`, `timeout`: no answer, or none in time
 * - `untrusted`: it cannot prove that it is the host it is asked as, or does not take us for one
 * - `no-copy`: it has no ready copy of the image
 * - `busy`: it serves as many others as it may
 * - `failed`: it could not serve: its backend, or what it has to know, is away
 * - `refused`: it answered with anything else than the protocol has
 * - `log-unavailable`: what it said could not be compared with the log in time
 * - `not-in-the-log`: the log knows of no such copy, or of one that no longer serves
 * - `unproven`: the hash that the image service names is not what its bytes were compared with when the copy was made
 * - `contradicted`: another copy of the same content, of a third host or our own, has another digest: one of them is not the image
 * - `signature-unchecked`: signatures are verified here, and nobody did when the copy was made
 * - `checks-ignored`: the copy's image failed a check that is not passed over here
 * - `gone`: the copy was removed
 * - `broken-off`: the transfer broke, and did not go on within its budget
 * - `bad-stream`: what it sent is no disk
 * - `digest-mismatch`: what it sent is not the disk that the log knows
 */
export type DeclineReason =
  | 'unreachable'
  | 'timeout'
  | 'untrusted'
  | 'no-copy'
  | 'busy'
  | 'failed'
  | 'refused'
  | 'log-unavailable'
  | 'not-in-the-log'
  | 'unproven'
  | 'contradicted'
  | 'signature-unchecked'
  | 'checks-ignored'
  | 'gone'
  | 'broken-off'
  | 'bad-stream'
  | 'digest-mismatch';

/** A peer does not serve: the next one, or the image service, is asked. */
export class PeerDeclinedError extends Error {
  constructor(
    readonly reason: DeclineReason,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
    this.name = 'PeerDeclinedError';
  }
}

/** A peer that was asked, and why it did not serve; as it stands in the fill's source. */
export interface Declined {
  readonly host: string;
  readonly reason: string;
}
