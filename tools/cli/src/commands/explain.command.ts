import type { Command } from 'commander';
import { bytesText, durationsText, type Progress, progressText, timeText } from '../amounts';
import { type CliWorld, contextOf } from '../context';
import { withExamples } from '../examples';
import { type Source, sourceText } from '../source-text';
import { volumeIdOf } from '../find-volume';
import { listing } from '../table';
import { secondsText } from '../terminal/moments';

interface Explanation {
  readonly volume_id: string;
  readonly name: string | null;
  readonly status: string;
  readonly size_gib: number;
  readonly image_id: string | null;
  readonly request_id: string | null;
  readonly sentence: string;
  readonly decision: {
    readonly outcome: string;
    readonly strategy: string;
    readonly reason: string;
    readonly declined: readonly { readonly strategy: string; readonly reason: string }[];
    readonly clone_method: string | null;
    readonly bytes_downloaded: number;
    readonly bytes_written: number;
    readonly digest: string | null;
    readonly source?: Source | null;
    readonly durations_ms: Readonly<Record<string, number>>;
    readonly saved_bytes?: number;
    readonly saved_seconds?: number;
    readonly entry?: { readonly pool: string; readonly generation: number; readonly image_volume_id: string } | null;
  } | null;
  readonly progress?: Progress | null;
  readonly failure: { readonly code: string; readonly reason: string; readonly detail?: string } | null;
  readonly created_at: string;
  readonly launched_at: string | null;
  readonly deleted_at: string | null;
  readonly placements?: readonly {
    readonly pool: string | null;
    readonly rejected: readonly { readonly pool: string; readonly reason: string }[];
    readonly failure: { readonly reason: string } | null;
  }[];
}

/** To the program itself, and to the commands of the cache. */
export function addExplainCommand(parent: Command, world: CliWorld): void {
  const name = parent.name() === 'cache' ? 'hearth cache explain' : 'hearth explain';
  const explain = parent
    .command('explain')
    .argument('<volume>', 'id or name; of a deleted volume the id')
    .description('how a volume came to be: hit, joined, miss or bypass, why, and what it cost')
    .action(async (reference: string, _options: object, command: Command) => {
      const { client, show } = contextOf(command, world);
      const id = await volumeIdOf(client, reference);
      const { explanation } = await client.ask<{ explanation: Explanation }>(`/v3/volumes/${id}/explain`);
      show(explanation, () => explanationText(explanation));
    });
  withExamples(explain, `${name} disk1`, `${name} b0b6b7b1-7d65-45c6-ba6f-04a17aa78527 --json`);
}

function explanationText(explanation: Explanation): string {
  const { decision, failure, progress, placements = [] } = explanation;
  const fields: Record<string, string> = {
    volume: `${explanation.volume_id} ${explanation.name ?? ''}`.trimEnd(),
    status: `${explanation.status}, ${explanation.size_gib} GiB`,
    ...(progress && { progress: progressText(progress) }),
    image: explanation.image_id ?? '-',
    request: explanation.request_id ?? '-',
    created: timeText(explanation.created_at),
    available: timeText(explanation.launched_at),
    ...(explanation.deleted_at !== null && { deleted: timeText(explanation.deleted_at) }),
    ...(decision && decisionFields(decision)),
    ...(failure && { failure: [failure.code, failure.reason, failure.detail].filter(Boolean).join('; ') }),
  };
  placements.forEach(({ pool, rejected, failure: lost }, index) => {
    const others = rejected.map(({ pool: other, reason }) => `not ${other}: ${reason}`);
    const parts = [pool ?? 'nowhere', ...(lost ? [`given up: ${lost.reason}`] : []), ...others];
    fields[`place ${index + 1}`] = parts.join('; ');
  });
  return `${explanation.sentence}\n\n${listing(fields)}`;
}

function decisionFields(decision: NonNullable<Explanation['decision']>): Readonly<Record<string, string>> {
  const { declined, entry } = decision;
  return {
    outcome: `${decision.outcome} (${decision.reason}) by ${decision.strategy}`,
    ...(declined.length > 0 && {
      declined: declined.map(({ strategy, reason }) => `${strategy}: ${reason}`).join('; '),
    }),
    clone: decision.clone_method ?? '-',
    downloaded: bytesText(decision.bytes_downloaded),
    source: sourceText(decision.source),
    written: bytesText(decision.bytes_written),
    took: durationsText(decision.durations_ms),
    ...savedFields(decision),
    digest: decision.digest ?? '-',
    ...(entry && { entry: `${entry.pool} generation ${entry.generation}, image-volume ${entry.image_volume_id}` }),
  };
}

/** What the copy spared this create; nothing where no copy did. */
function savedFields({
  saved_bytes: bytes = 0,
  saved_seconds: seconds = 0,
}: NonNullable<Explanation['decision']>): Readonly<Record<string, string>> {
  return bytes > 0 || seconds > 0 ? { saved: `${bytesText(bytes)}, ${secondsText(seconds)}` } : {};
}
