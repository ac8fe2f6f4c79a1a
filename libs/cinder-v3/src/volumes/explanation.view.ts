import type { CreateDecision, Failure, FillSource } from '@hearth/contracts';
import type { ExplanationFields } from './explanation.fields';
import { progressView } from '../progress.view';
import { explanationSentence } from './explanation.sentence';

/** How a volume came to be. Places on backends and operators' details are for administrators. */
export function explanationView(
  { volume, uses, claims, saved, progress }: ExplanationFields,
  { isAdmin }: { readonly isAdmin: boolean },
) {
  return {
    explanation: {
      volume_id: volume.id,
      project_id: volume.projectId,
      name: volume.name,
      status: volume.status,
      size_gib: volume.sizeGib,
      image_id: volume.imageId,
      request_id: volume.requestId,
      sentence: explanationSentence(volume),
      decision: volume.decision && decisionView(volume.decision, saved, isAdmin),
      progress: progress ? progressView(progress) : null,
      failure: volume.failure && failureView(volume.failure, isAdmin),
      created_at: volume.createdAt,
      launched_at: volume.launchedAt,
      deleted_at: volume.deletedAt,
      ...(isAdmin && {
        placements: volume.placements.map(({ failure, ...placement }) => ({
          ...placement,
          failure: failure && failureView(failure, isAdmin),
        })),
        cache_uses: uses.map(({ pool, generation, outcome }) => ({ pool, generation, outcome })),
        cache_claims: claims.map(({ pool, generation, stage }) => ({ pool, generation, stage })),
      }),
    },
  };
}

function decisionView(decision: CreateDecision, saved: ExplanationFields['saved'], isAdmin: boolean) {
  const { entry } = decision;
  return {
    outcome: decision.outcome,
    strategy: decision.strategy,
    reason: decision.reason,
    declined: decision.declined,
    clone_method: decision.cloneMethod,
    bytes_downloaded: decision.bytesDownloaded,
    bytes_written: decision.bytesWritten,
    digest: decision.digest,
    source: decision.source ? sourceView(decision.source, isAdmin) : null,
    durations_ms: decision.durationsMs,
    saved_bytes: saved?.bytes ?? 0,
    saved_seconds: (saved?.ms ?? 0) / 1_000,
    ...(isAdmin && {
      entry: entry && { pool: entry.pool, generation: entry.generation, image_volume_id: entry.imageVolumeId },
    }),
  };
}

function sourceView({ kind, host, declined }: FillSource, isAdmin: boolean) {
  return {
    kind,
    ...(isAdmin && { host, declined: declined.map(({ host: peer, reason }) => ({ host: peer, reason })) }),
  };
}

function failureView({ code, reason, detail }: Failure, isAdmin: boolean) {
  return { code, reason, ...(isAdmin && detail !== undefined && { detail }) };
}
