import type { VolumeEvent } from '@hearth/contracts';
import { type Volume, volumeDecider } from '@hearth/domain';
import type { Commit } from '@hearth/event-sourcing';

/** Names the shape below and the rules that fold it: to be changed with either. */
export const lightVolumeFingerprint = 'light-volume/1';

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
  if (event.type === 'VolumeProvisioned')
    return { ...event, data: { ...event.data, decision: null, imageMetadata: {} } };
  if (event.type !== 'VolumeRequested') return event;
  const { volumeType, ...data } = event.data;
  return {
    type: 'VolumeRequested',
    data: {
      ...data,
      name: null,
      description: null,
      metadata: {},
      image: null,
      volumeType: { ...volumeType, extraSpecs: {} },
    },
  };
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
