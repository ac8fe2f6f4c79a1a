import { type Volume, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { type CommitContext, type EventStore, runCommand } from '@hearth/event-sourcing';
import type { VolumeId } from '@hearth/kernel';
import type { Host } from '../host/host';

/** A volume as its stream told it a moment ago. */
export interface KnownVolume {
  readonly id: VolumeId;
  readonly state: Volume;
  readonly sequence: number;
  /** It became available once, whatever happened since. */
  readonly provisioned: boolean;
  /** The id of the request that made it. */
  readonly requestId: string | undefined;
  /** What the commits that follow are linked to. */
  readonly context: CommitContext;
}

/** Folds a volume's stream; `absent` and 0 when there is none. */
export async function readVolume(store: EventStore, id: VolumeId): Promise<KnownVolume> {
  let state: Volume = volumeDecider.initialState;
  let sequence = 0;
  let provisioned = false;
  let requestId: string | undefined;
  let context: CommitContext = {};
  for await (const commit of store.read({ category: 'volume', id })) {
    for (const event of commit.events) {
      state = volumeDecider.evolve(state, event);
      provisioned ||= event.type === 'VolumeProvisioned';
      if (event.type === 'VolumeRequested') requestId = commit.correlationId;
    }
    sequence = commit.sequence;
    const { id: causationId, correlationId, traceparent } = commit;
    context = { causationId, correlationId, traceparent };
  }
  return { id, state, sequence, provisioned, requestId, context };
}

/** Records what came of the work. A refusal means that the volume is no longer ours to speak of; it is logged. */
export async function record(host: Host, volume: KnownVolume, command: VolumeCommand): Promise<void> {
  const { id, state, sequence, context } = volume;
  const stream = { category: 'volume', id } as const;
  const outcome = await runCommand(host, volumeDecider, stream, command, { ...context, known: { state, sequence } });
  if ('refused' in outcome) {
    host.log.warn('a report about a volume came too late', {
      volumeId: id,
      report: command.do,
      refused: outcome.refused,
      ...outcome.data,
    });
  }
}
