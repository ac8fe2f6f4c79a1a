import type { CreateDecision, Failure, FillSource } from '@hearth/contracts';
import { metrics } from '@hearth/platform';
import type { RunningFill } from './progress';

type Instruments = ReturnType<typeof make>;

let made: Instruments | undefined;

function make() {
  return {
    hits: metrics.counter('image_cache_hits_total', 'Creates served by a copy that was ready.'),
    joined: metrics.counter('image_cache_joined_total', 'Creates served by a fill that another create had begun.'),
    misses: metrics.counter('image_cache_misses_total', 'Creates that began a fill.'),
    bypasses: metrics.counter('image_cache_bypasses_total', 'Creates from an image without the cache, by reason.'),
    fills: metrics.counter(
      'image_cache_fills_total',
      'Fills that ended, by outcome: created, or the code of the failure.',
    ),
    fillSeconds: metrics.histogram('image_cache_fill_duration_seconds', 'Time of fills that succeeded.'),
    downloadedBytes: metrics.counter(
      'image_downloaded_bytes_total',
      'Bytes fetched for fills and downloads, by source: image-service, or peer.',
    ),
    cloneSeconds: metrics.histogram('driver_clone_duration_seconds', 'Time of clones, by method.'),
    cloneFailures: metrics.counter('driver_clone_failures_total', 'Clones that failed, by the code of the driver.'),
    refusals: metrics.counter(
      'image_cache_populate_refused_total',
      'Image-volumes that were not made although the cache has room, by reason: internal-quota.',
    ),
    reaped: metrics.counter('image_cache_reaped_total', 'Retired image-volumes that were removed.'),
    orphans: metrics.counter(
      'image_cache_orphans_removed_total',
      'Objects of a pool that nobody owned and that were removed.',
    ),
    looks: metrics.counter('image_cache_scrubs_total', 'Looks at copies that were ready, by outcome.'),
    lookedBytes: metrics.counter('image_cache_scrubbed_bytes_total', 'Bytes of ready copies that were read again.'),
    corrupt: metrics.counter(
      'image_cache_corrupt_total',
      'Copies given up: they differ from what was written, or cannot be read.',
    ),
    uploads: metrics.counter(
      'image_uploads_total',
      'Volumes uploaded as images, by outcome: uploaded, or the code of the failure.',
    ),
    uploadedBytes: metrics.counter('image_uploaded_bytes_total', 'Bytes that the image service was given.'),
    createFailures: metrics.counter('volume_create_failures_total', 'Creates that failed on this host, by code.'),
  };
}

/** The host's instruments, made at first use. */
const instruments = (): Instruments => (made ??= make());

/** The one decision of a create that has ended well. */
export function countDecision(pool: string, { outcome, reason, bytesDownloaded, source }: CreateDecision): void {
  const { hits, joined, misses, bypasses, downloadedBytes } = instruments();
  if (outcome === 'bypass') {
    bypasses.add(1, { pool, reason });
    downloadedBytes.add(bytesDownloaded, { pool, source: source?.kind ?? 'image-service' });
  } else ({ hit: hits, joined, miss: misses })[outcome].add(1, { pool });
}

export function countCreateFailure(pool: string, { code }: Failure): void {
  instruments().createFailures.add(1, { pool, code });
}

export function countFill(
  pool: string,
  {
    bytesDownloaded,
    source,
    ms,
  }: { readonly bytesDownloaded: number; readonly source: FillSource; readonly ms: number },
): void {
  const { fills, fillSeconds, downloadedBytes } = instruments();
  fills.add(1, { pool, outcome: 'created' });
  fillSeconds.record(ms / 1_000, { pool });
  downloadedBytes.add(bytesDownloaded, { pool, source: source.kind });
}

export function countFailedFill(pool: string, { code }: Failure): void {
  instruments().fills.add(1, { pool, outcome: code });
}

export function countClone(pool: string, { method, ms }: { readonly method: string; readonly ms: number }): void {
  instruments().cloneSeconds.record(ms / 1_000, { pool, method });
}

export function countFailedClone(pool: string, code: string): void {
  instruments().cloneFailures.add(1, { pool, code });
}

export function countUpload(
  pool: string,
  { outcome, bytes }: { readonly outcome: string; readonly bytes: number },
): void {
  const { uploads, uploadedBytes } = instruments();
  uploads.add(1, { pool, outcome });
  uploadedBytes.add(bytes, { pool });
}

export function countRefusal(pool: string, reason: 'internal-quota'): void {
  instruments().refusals.add(1, { pool, reason });
}

export function countReaped(pool: string): void {
  instruments().reaped.add(1, { pool });
}

export function countOrphan(pool: string): void {
  instruments().orphans.add(1, { pool });
}

/** What a look at a copy came to; `unanswered`: nothing was learnt about it. */
export type LookOutcome = 'intact' | 'corrupt' | 'gone' | 'unreadable' | 'unanswered';

export function countLook(
  pool: string,
  { outcome, bytesRead }: { readonly outcome: LookOutcome; readonly bytesRead: number },
): void {
  const { looks, lookedBytes } = instruments();
  looks.add(1, { pool, outcome });
  lookedBytes.add(bytesRead, { pool });
}

export function countCorrupt(pool: string): void {
  instruments().corrupt.add(1, { pool });
}

/** Lets whoever asks for the metrics see the fills that run then. To be called once. */
export function observeFills(running: () => readonly RunningFill[]): void {
  const pools = new Set<string>();
  /** Of every pool that ever had one, so that a pool without a fill says 0. */
  const sums = (amount: (fill: RunningFill) => number) => {
    const fills = running();
    for (const { pool } of fills) pools.add(pool);
    const ofPool = (pool: string) => fills.filter((fill) => fill.pool === pool);
    return [...pools].map((pool) => [pool, ofPool(pool).reduce((sum, fill) => sum + amount(fill), 0)] as const);
  };
  metrics.observe('image_cache_fills_running', 'Fills and downloads that run now.', (gauge) => {
    for (const [pool, count] of sums(() => 1)) gauge.observe(count, { pool });
  });
  metrics.observe('image_cache_fill_bytes', 'Bytes of the fills that run now: done, and in all (of).', (gauge) => {
    for (const [pool, bytes] of sums(({ bytesDone }) => bytesDone)) gauge.observe(bytes, { pool, of: 'done' });
    for (const [pool, bytes] of sums(({ bytesTotal }) => bytesTotal)) gauge.observe(bytes, { pool, of: 'all' });
  });
}

/** Lets whoever asks for the metrics see for how long each pool's longest unseen copy was not looked at. To be called once. */
export function observeScrub(unseen: () => readonly (readonly [pool: string, ms: number])[]): void {
  const help = 'Time since the last look at the copy of a pool that was unseen for longest.';
  metrics.observe('image_cache_scrub_oldest_seconds', help, (gauge) => {
    for (const [pool, ms] of unseen()) gauge.observe(ms / 1_000, { pool });
  });
}
