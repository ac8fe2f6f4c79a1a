// JetStream acknowledges before it forces data to disk: every two minutes by default, so that a crash of the operating system may
// take acknowledged commits along. Since 2.10 a server can be told to sync before it acknowledges (`sync_interval: always`), which
// an ordinary client cannot see: the setting stands in /varz only, on the monitoring port or for the system account.
import type { NatsConnection } from 'nats';

/** What is known of whether an acknowledged commit survives a crash of the operating system. */
export interface Durability {
  /** True where every server syncs always; false where one cannot or does not; unknown where nobody says. */
  readonly durable: boolean | 'unknown';
  readonly serverVersion: string;
  /** One sentence for the log and /health. */
  readonly reason: string;
}

export interface DurabilityOptions {
  /** Base URL of the server's monitoring port, as in `http://nats:8222`; the surest source. */
  readonly monitoringUrl?: string;
  /** The operator's word that `sync_interval: always` is set; believed where nothing says otherwise. */
  readonly syncAlways?: boolean;
  readonly timeoutMs?: number;
}

const firstWithSyncAlways = [2, 10] as const;

/** Never throws: a look that fails is a reason for `unknown`. The connection has to be up. */
export async function inspectDurability(
  connection: NatsConnection,
  options: DurabilityOptions = {},
): Promise<Durability> {
  const serverVersion = connection.info?.version ?? 'unknown';
  if (!knowsSyncAlways(serverVersion)) {
    const cure = 'use 2.10 or later with sync_interval: always';
    const reason = `nats-server ${serverVersion} acknowledges before it syncs and cannot be told otherwise; ${cure}`;
    return { durable: false, serverVersion, reason };
  }
  const { monitoringUrl, syncAlways } = options;
  const seen = monitoringUrl === undefined ? undefined : await lookAtVarz(monitoringUrl, options.timeoutMs ?? 2_000);
  if (seen && seen.syncAlways !== undefined) {
    const does = seen.syncAlways ? 'syncs before it acknowledges' : `syncs ${seen.interval}`;
    const reason = `${monitoringUrl}/varz says that the server ${does}`;
    return { durable: seen.syncAlways, serverVersion, reason };
  }
  const failure = seen ? `; ${seen.failure}` : '';
  if (syncAlways !== undefined) {
    const reason = `the configuration says that the server ${syncAlways ? 'syncs' : 'does not sync'} before it acknowledges${failure}`;
    return { durable: syncAlways, serverVersion, reason };
  }
  const cure = 'name its monitoring URL or say so in the configuration';
  const reason = `whether nats-server ${serverVersion} syncs before it acknowledges is not known here${failure}; ${cure}`;
  return { durable: 'unknown', serverVersion, reason };
}

function knowsSyncAlways(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = firstWithSyncAlways;
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

type Seen =
  | { readonly syncAlways: boolean; readonly interval: string }
  | { readonly syncAlways?: undefined; readonly failure: string };

async function lookAtVarz(monitoringUrl: string, timeoutMs: number): Promise<Seen> {
  try {
    const url = new URL('varz', monitoringUrl.endsWith('/') ? monitoringUrl : `${monitoringUrl}/`);
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) return { failure: `${monitoringUrl}/varz answered ${response.status}` };
    return syncOf((await response.json()) as Varz, monitoringUrl);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return {
      failure: `${monitoringUrl}/varz cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    };
  }
}

interface Varz {
  readonly jetstream?: { readonly config?: { readonly sync_interval?: number; readonly sync_always?: boolean } };
}

/** The interval is in nanoseconds; `sync_always` is left out when it is false. */
function syncOf(varz: Varz, monitoringUrl: string): Seen {
  const config = varz.jetstream?.config;
  if (!config) return { failure: `${monitoringUrl}/varz says nothing of JetStream` };
  const seconds = (config.sync_interval ?? 0) / 1e9;
  return {
    syncAlways: config.sync_always === true,
    interval: seconds > 0 ? `every ${seconds} s` : 'at an interval of its own',
  };
}
