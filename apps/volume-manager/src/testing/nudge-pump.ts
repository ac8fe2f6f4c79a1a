import type { Failure, NudgeTarget } from '@hearth/contracts';
import { nextStep, volumeDecider } from '@hearth/domain';
import { type Commit, type CommandEnvironment, readState, runCommand } from '@hearth/event-sourcing';
import type { PoolRef, VolumeId } from '@hearth/kernel';

const nowhere: Failure = { code: 'placement.no_valid_backend', reason: 'No pool is left to try.' };

/** Plays scheduler and broker: reads the facts, places volumes on the first pool not yet tried, and nudges whoever owes work. */
export class NudgePump {
  private position = 0;
  private readonly underWay = new Set<Promise<void>>();
  private readonly failed = new Map<string, { readonly target: NudgeTarget; readonly error: unknown }>();

  constructor(
    private readonly environment: CommandEnvironment,
    private readonly react: (target: NudgeTarget) => Promise<void>,
    private readonly pools: () => readonly PoolRef[],
  ) {}

  /** Sends what new facts lead to, and once more what failed; does not wait for the work. True when there was anything to do. */
  async deliver(): Promise<boolean> {
    const commits = await this.newFacts();
    const again = [...this.failed.values()];
    this.failed.clear();
    for (const { target } of again) this.send(target);
    for (const commit of commits) for (const target of await this.targetsOf(commit)) this.send(target);
    return commits.length + again.length > 0;
  }

  /** Delivers until nothing happens any more, the pools' chores included. Throws what goes on failing. */
  async settle(roundsMax = 300): Promise<void> {
    for (let round = 0; round < roundsMax; round += 1) {
      const delivered = await this.deliver();
      await this.idle();
      if (delivered) continue;
      for (const id of this.pools()) this.send({ kind: 'pool', id });
      await this.idle();
      const last = await this.environment.store.lastSequence();
      if (last === this.position && this.failed.size === 0) return;
    }
    const errors = [...this.failed.values()].map(({ error }) => error);
    throw new AggregateError(errors, 'the house does not come to rest');
  }

  /** Waits for the work that is under way. */
  async idle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private async newFacts(): Promise<readonly Commit[]> {
    const commits: Commit[] = [];
    const signal = new AbortController().signal;
    for await (const batch of this.environment.store.follow({ afterSequence: this.position, signal })) {
      commits.push(...batch.commits);
      if (batch.caughtUp) break;
    }
    this.position = commits.at(-1)?.sequence ?? this.position;
    return commits;
  }

  private async targetsOf({ stream, events }: Commit): Promise<NudgeTarget[]> {
    if (stream.category === 'volume') return this.volumeTargets(stream.id as VolumeId);
    if (stream.category !== 'image-cache') return [];
    return (events as Commit<'image-cache'>['events'])
      .flatMap((event) => (event.type === 'released' ? event.data.volumeIds : []))
      .map((id) => ({ kind: 'volume', id }));
  }

  private async volumeTargets(id: VolumeId): Promise<NudgeTarget[]> {
    const stream = { category: 'volume', id } as const;
    const { state } = await readState(this.environment.store, volumeDecider, stream);
    const step = nextStep(state);
    if (step.do === 'nothing') return [];
    if (step.do !== 'place') return [{ kind: 'volume', id }];
    const pool = this.pools().find((ref) => !step.tried.includes(ref));
    await runCommand(
      this.environment,
      volumeDecider,
      stream,
      pool
        ? { do: 'RecordPlacement', pool, availabilityZone: 'nova', rejected: [] }
        : { do: 'RecordPlacementFailure', failure: nowhere, rejected: [] },
    );
    return [];
  }

  private send(target: NudgeTarget): void {
    const work = this.react(target)
      .catch((error: unknown) => void this.failed.set(`${target.kind} ${target.id}`, { target, error }))
      .finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }
}
