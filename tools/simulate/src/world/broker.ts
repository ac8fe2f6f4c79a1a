import type { NudgeTarget } from '@hearth/contracts';
import type { NudgeOptions, NudgeQueue } from '@hearth/event-sourcing';
import type { Random } from '@hearth/image-format/testing';
import type { Turns } from '../engine/turns';
import type { VirtualTime } from '../engine/virtual-time';

/** Does what a nudge is for; false when it has to be delivered again. */
export type Receiver = (target: NudgeTarget) => Promise<boolean>;

/** Of so many nudges one is delivered twice. */
const doubledOneIn = 12;
const redeliveryMs = 2_000;

/** Stores nudges and delivers each at least once, in any order, until it is acknowledged. */
export class Broker implements NudgeQueue {
  private readonly seen = new Set<string>();
  private open = 0;

  constructor(
    private readonly receivers: ReadonlyMap<string, Receiver>,
    private readonly random: Random,
    private readonly turns: Turns,
    private readonly time: VirtualTime,
  ) {}

  /** Nudges that nobody has acknowledged. */
  get unacknowledged(): number {
    return this.open;
  }

  async send(host: string, target: NudgeTarget, { dedupeId }: NudgeOptions): Promise<void> {
    if (this.seen.has(dedupeId)) return;
    this.seen.add(dedupeId);
    const receiver = this.receivers.get(host);
    if (!receiver) throw new Error(`nobody listens at ${host}`);
    void this.deliver(receiver, target);
    if (this.random.oneIn(doubledOneIn)) void this.deliver(receiver, target);
  }

  private async deliver(receiver: Receiver, target: NudgeTarget): Promise<void> {
    this.open += 1;
    for (;;) {
      await this.turns.next();
      if (await receiver(target)) break;
      await this.time.sleep(redeliveryMs);
    }
    this.open -= 1;
  }
}
