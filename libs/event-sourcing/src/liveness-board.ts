import type { HostReport } from '@hearth/contracts';

/** Reports of the hosts that live now, by host. */
export type LiveHosts = ReadonlyMap<string, HostReport>;

/**
 * Which volume-managers live and what capacity they see. Not facts: a report vanishes when its host has been silent for the
 * board's time to live, and nothing of it is kept.
 */
export interface LivenessBoard {
  /** Replaces the host's report; to be called several times within the time to live. Throws `StoreUnavailableError`. */
  report(report: HostReport): Promise<void>;
  /** All reports that have not expired. Throws `StoreUnavailableError`. */
  hosts(): Promise<LiveHosts>;
  /** The reports now, and again after every report, withdrawal and expiry, until the signal. */
  watch(signal: AbortSignal): AsyncIterable<LiveHosts>;
  /** Takes a host off the board at once: it is shutting down. */
  withdraw(host: string): Promise<void>;
}
