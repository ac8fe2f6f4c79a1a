import { type HostStep, owedSteps, type Step, type VolumeCommand, volumeDecider } from '@hearth/domain';
import { examplePool } from '@hearth/domain/testing';
import { type EventStore, readState, runCommand } from '@hearth/event-sourcing';
import { randomUUID } from 'node:crypto';

/** Places volumes and does at once whatever is owed to them, as a scheduler and a host with endless room would; nothing is moved. */
export class PlayedHost {
  private readonly ending = new AbortController();
  private readonly running: Promise<void>;

  /** `does`: which steps; all of them unless told. */
  constructor(
    private readonly store: EventStore,
    private readonly does?: readonly Step['do'][],
  ) {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    for await (const { commits } of this.store.follow({ category: 'volume', afterSequence: 0, signal })) {
      for (const id of new Set(commits.map(({ stream }) => stream.id))) await this.work(id);
    }
  }

  /** What is recorded comes by once more, so that one step at a time is enough. */
  private async work(id: string): Promise<void> {
    const stream = { category: 'volume', id } as const;
    const known = await readState(this.store, volumeDecider, stream);
    const step = owedSteps(known.state).find((owed) => this.does?.includes(owed.do) ?? true);
    if (!step) return;
    const environment = { store: this.store, newId: randomUUID, now: () => new Date().toISOString() };
    await runCommand(environment, volumeDecider, stream, outcomeOf(step), { known });
  }
}

function outcomeOf(step: Exclude<Step, { do: 'nothing' }>): VolumeCommand {
  if (step.do !== 'place') return hostOutcome(step);
  return { do: 'RecordPlacement', pool: examplePool, availabilityZone: 'nova', rejected: [] };
}

function hostOutcome(step: HostStep): VolumeCommand {
  switch (step.do) {
    case 'create-blank':
    case 'create-from-image':
    case 'create-from-source': {
      const made = { bootable: step.do === 'create-from-image', imageMetadata: {}, decision: null };
      return { do: 'RecordProvisioned', pool: step.pool, ...made };
    }
    case 'delete-from-pool':
      return { do: 'RecordDeleted' };
    case 'connect': {
      const connection = { driverVolumeType: 'local', data: { device_path: '/dev/null' } };
      return { do: 'RecordConnected', attachmentId: step.attachment.id, connection };
    }
    case 'disconnect':
      return { do: 'RecordDisconnected', attachmentId: step.attachment.id };
    case 'create-snapshot':
      return { do: 'RecordSnapshotCreated', snapshotId: step.snapshot.id };
    case 'delete-snapshot':
      return { do: 'RecordSnapshotDeleted', snapshotId: step.snapshot.id };
    case 'extend':
      return { do: 'RecordExtended', toGib: step.toGib };
    case 'revert':
      return { do: 'RecordReverted', snapshotId: step.snapshotId };
    case 'upload': {
      const failure = { code: 'backend.failed', reason: 'Nothing is uploaded here.' } as const;
      return { do: 'RecordUploadFailure', imageId: step.upload.imageId, failure };
    }
    case 'settle-upload':
      return { do: 'RecordUploadSettled', imageId: step.imageId };
    case 'reimage':
      return { do: 'RecordReimaged', imageId: step.image.id, imageMetadata: {}, decision: null };
  }
}
