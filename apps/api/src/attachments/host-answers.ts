import type { VolumeEvent } from '@hearth/contracts';
import { type Volume, volumeDecider } from '@hearth/domain';
import { type EventStore, type Followed, untilState } from '@hearth/event-sourcing';
import type { OnModuleDestroy } from '@nestjs/common';
import { setMaxListeners } from 'node:events';

export interface HostAnswersOptions {
  readonly store: Pick<EventStore, 'follow'>;
  /** How long a client waits for a host at the most (Cinder's rpc_response_timeout). */
  readonly timeoutMs: number;
}

/** Where a volume stood when its host was asked for something. */
export interface AskedVolume {
  readonly id: string;
  readonly state: Volume;
  readonly sequence: number;
}

/** What hosts make of what they owe to volumes, for clients that wait for it. Whether anybody waits is nothing to the host. */
export class HostAnswers implements OnModuleDestroy {
  private readonly ending = new AbortController();

  constructor(private readonly options: HostAnswersOptions) {
    setMaxListeners(0, this.ending.signal);
  }

  /** Waits until a volume is as is waited for; undefined where the host does not answer in time, or this process is to end. */
  until(
    { id, state, sequence }: AskedVolume,
    isReached: (volume: Volume) => boolean,
  ): Promise<Followed<Volume, VolumeEvent> | undefined> {
    const { store, timeoutMs } = this.options;
    const from = { stream: { category: 'volume', id } as const, state, sequence };
    return untilState(store, volumeDecider, from, isReached, { timeoutMs, signal: this.ending.signal });
  }

  /** Called by Nest before it lets open requests finish: who waits is answered now. */
  onModuleDestroy(): void {
    this.ending.abort();
  }
}
