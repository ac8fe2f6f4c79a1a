import type { EventStore } from '@hearth/event-sourcing';
import { KilledError, Mortal } from '../../../../apps/volume-manager/src/testing/mortal';
import type { Turns } from '../engine/turns';

/** A process that waits for its turn before and after all that touches the world, and that may be killed at any of them. */
export class SimulatedProcess extends Mortal {
  private wasKilled = false;
  private tellEnd!: () => void;
  /** Resolves when it has been killed. */
  readonly end = new Promise<void>((resolve) => (this.tellEnd = resolve));

  constructor(
    readonly name: string,
    private readonly turns: Turns,
  ) {
    super();
  }

  override get isDead(): boolean {
    return this.wasKilled;
  }

  /** It gets no turn any more: what it waits for never comes. */
  kill(): void {
    this.wasKilled = true;
    this.tellEnd();
  }

  override step(): void {
    if (this.wasKilled) throw new KilledError();
  }

  override async around<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.turn();
    const result = await work();
    await this.turn();
    return result;
  }

  override store(store: EventStore): EventStore {
    const turn = () => this.turn();
    return {
      ...super.store(store),
      read: async function* (...args) {
        await turn();
        yield* store.read(...args);
      },
    };
  }

  private turn(): Promise<void> {
    return this.turns.next(() => this.wasKilled);
  }
}
