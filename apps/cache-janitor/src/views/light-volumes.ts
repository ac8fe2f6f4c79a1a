import type { VolumeEvent } from '@hearth/contracts';
import { type Volume, volumeDecider } from '@hearth/domain';
import type { Commit } from '@hearth/event-sourcing';

/** Names the shape below and the rules that fold it: to be changed with either. */
export const lightVolumeFingerprint = 'light-volume/3';

/**
 * The rules of volumes, with requests stripped of what only the host needs to know: what is owed to a volume, and where, stays the
 * same but for the image, and a hundred thousand of them fit into little memory while the log is replayed.
 */
export const lightVolumes = {
  initialState: volumeDecider.initialState,
  evolve: (volume: Volume, event: VolumeEvent): Volume => volumeDecider.evolve(volume, lighten(event)),
  isTerminal: (volume: Volume): boolean => volumeDecider.isTerminal(volume),
};

function lighten(event: VolumeEvent): VolumeEvent {
  switch (event.type) {
    case 'VolumeRequested': {
      const { volumeType, inherited: _inherited, ...data } = event.data;
      const plain = { name: null, description: null, metadata: {}, image: null };
      return { ...event, data: { ...data, ...plain, volumeType: { ...volumeType, extraSpecs: {} } } };
    }
    case 'VolumeProvisioned':
      return { ...event, data: { ...event.data, decision: null, imageMetadata: {} } };
    case 'VolumeReimaged':
      return { ...event, data: { decision: null, imageMetadata: {} } };
    case 'VolumeRetyped':
      return { ...event, data: { volumeType: { ...event.data.volumeType, extraSpecs: {} } } };
    case 'VolumeUpdated':
      return { ...event, data: {} };
    case 'VolumeMetadataSet':
      return { ...event, data: { metadata: {} } };
    case 'VolumeImageMetadataSet':
      return { ...event, data: { imageMetadata: {} } };
    default:
      return lightenPart(event);
  }
}

/** The same for what is said of snapshots and attachments. */
function lightenPart(event: VolumeEvent): VolumeEvent {
  switch (event.type) {
    case 'SnapshotRequested':
      return { ...event, data: { ...event.data, name: null, description: null, metadata: {} } };
    case 'SnapshotUpdated':
      return { ...event, data: { snapshotId: event.data.snapshotId } };
    case 'SnapshotMetadataSet':
      return { ...event, data: { ...event.data, metadata: {} } };
    case 'VolumeAttachmentConnectRequested':
      return { ...event, data: { ...event.data, connector: {} } };
    case 'VolumeAttachmentConnected':
      return { ...event, data: { ...event.data, connection: { ...event.data.connection, data: {} } } };
    default:
      return event;
  }
}

interface LastWord {
  readonly sequence: number;
  /** By the clock of who said it. */
  readonly atMs: number;
}

/** When something was last said of volumes that are owed a step. */
export class LastWords {
  private readonly byVolume = new Map<string, LastWord>();
  private readonly startedAtMs: number;

  constructor(nowMs: () => number) {
    this.startedAtMs = nowMs();
  }

  heard({ stream, sequence, recordedAt }: Commit<'volume'>, owesStep: boolean): void {
    if (owesStep) this.byVolume.set(stream.id, { sequence, atMs: Date.parse(recordedAt) });
    else this.byVolume.delete(stream.id);
  }

  /** The last word on a volume; of one that was taken from a snapshot it is only known that it came before this process. */
  of(id: string): LastWord {
    return this.byVolume.get(id) ?? { sequence: 0, atMs: this.startedAtMs };
  }
}
