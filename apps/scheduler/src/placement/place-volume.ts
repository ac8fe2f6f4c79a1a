import { nextStep, place, type Placement, type PlacementRequest, type Volume, volumeDecider } from '@hearth/domain';
import {
  type Commit,
  type CommandEnvironment,
  type CommitContext,
  runCommand,
  wasRefused,
} from '@hearth/event-sourcing';
import { type Clock, fold, type VolumeId } from '@hearth/kernel';
import { type Log, metrics } from '@hearth/platform';
import { type Candidates, candidatesFor, type PlacementFacts } from './candidates';
import { placementFailure } from './placement-failure';
import type { Promises } from './promises';
import type { Waits } from './waits';

/** A volume as far as it is known here, and what led to its present state. */
export interface KnownVolume {
  readonly state: Volume;
  readonly sequence: number;
  readonly context: CommitContext;
}

export interface PlacementOptions extends CommandEnvironment {
  readonly facts: () => PlacementFacts;
  readonly promises: Promises;
  readonly clock: Clock;
  readonly waits: Waits;
  /** How long a create waits for pools that may report any moment. */
  readonly patienceMs: number;
  readonly log: Log;
}

/** No pool will do now, but one may report any moment: the message is to be delivered again. */
export class PoolsAwaitedError extends Error {
  constructor(volumeId: VolumeId, why: string) {
    super(`volume ${volumeId} waits for pools to report: ${why}`);
    this.name = 'PoolsAwaitedError';
  }
}

const instruments = () => (made ??= make());
let made: ReturnType<typeof make> | undefined;
function make() {
  return {
    placements: metrics.counter('hearth_placements_total', 'Volumes placed, by outcome: placed, no_valid_backend.'),
    seconds: metrics.histogram('hearth_placement_duration_seconds', 'Time to choose a pool and to store the choice.'),
  };
}

/**
 * Gives a volume to a pool, or records why none takes it. Does nothing when the volume is not owed a pool (any more). Throws
 * `PoolsAwaitedError` where it is too early to say no, and `StoreUnavailableError`.
 */
export async function placeVolume(options: PlacementOptions, volumeId: VolumeId, known: KnownVolume): Promise<void> {
  const step = nextStep(known.state);
  if (step.do !== 'place') return options.waits.end(volumeId);
  const { request, tried } = step;
  const startMs = performance.now();
  const candidates = candidatesFor(request.image, options.facts());
  const placement = place({ request, tried }, candidates.pools);
  const rejected = [...placement.rejected, ...candidates.excluded];
  if (placement.chosen) {
    await recordPlacement(options, volumeId, known, { ...placement, rejected });
    options.waits.end(volumeId);
  } else await giveUp(options, { volumeId, known, request, candidates, rejected });
  instruments().seconds.record((performance.now() - startMs) / 1_000);
}

/** The promise is made before the append, so that whoever chooses meanwhile counts with it. */
async function recordPlacement(
  { promises, log, ...environment }: PlacementOptions,
  volumeId: VolumeId,
  known: KnownVolume,
  { chosen, rejected }: Placement,
): Promise<void> {
  if (!chosen || known.state.status === 'absent') return;
  const { pool, availabilityZone } = chosen;
  const takeBack = promises.make(volumeId, pool, known.state.request.sizeGib);
  try {
    const answer = await runCommand(
      environment,
      volumeDecider,
      { category: 'volume', id: volumeId },
      { do: 'RecordPlacement', pool, availabilityZone, rejected },
      { ...known.context, known },
    );
    if (!wasRefused(answer)) return instruments().placements.add(1, { outcome: 'placed' });
    takeBack();
    log.debug('a volume was placed by somebody else meanwhile', { volumeId, pool, ...answer });
  } catch (error) {
    takeBack();
    throw error;
  }
}

interface Unplaceable {
  readonly volumeId: VolumeId;
  readonly known: KnownVolume;
  readonly request: PlacementRequest['request'];
  readonly candidates: Candidates;
  readonly rejected: Placement['rejected'];
}

/** What is known may be what a fact said that is delivered again: whoever placed the volume meanwhile is not to be contradicted. */
async function giveUp(
  options: PlacementOptions,
  { volumeId, known, request, candidates, rejected }: Unplaceable,
): Promise<void> {
  const now = await readVolume(options, volumeId);
  if (now.sequence > known.sequence) return placeVolume(options, volumeId, now);
  const { clock, waits, patienceMs, log } = options;
  const failure = placementFailure(request.sizeGib, rejected, candidates.down);
  const mayChange = candidates.pools.length === 0 || candidates.silentCount > 0;
  if (mayChange && waits.of(volumeId, clock.now()) < patienceMs) {
    throw new PoolsAwaitedError(volumeId, failure.detail ?? failure.reason);
  }
  log.warn('no pool takes a volume', { volumeId, reason: failure.detail });
  await runCommand(
    options,
    volumeDecider,
    { category: 'volume', id: volumeId },
    { do: 'RecordPlacementFailure', failure, rejected },
    { ...known.context, known },
  );
  waits.end(volumeId);
  instruments().placements.add(1, { outcome: 'no_valid_backend' });
}

/** A volume out of the one commit that made it: what the hot path needs, without a read. */
export function volumeOf(commit: Commit<'volume'>): KnownVolume {
  return { state: fold(volumeDecider, commit.events), sequence: commit.sequence, ...linkTo(commit) };
}

/** A volume as its stream tells it; its state is `absent` when there is none. */
export async function readVolume({ store }: CommandEnvironment, id: VolumeId): Promise<KnownVolume> {
  let known: KnownVolume = { state: volumeDecider.initialState, sequence: 0, context: {} };
  for await (const commit of store.read({ category: 'volume', id })) {
    known = { state: fold(volumeDecider, commit.events, known.state), sequence: commit.sequence, ...linkTo(commit) };
  }
  return known;
}

function linkTo({ id: causationId, correlationId, traceparent }: Commit) {
  return { context: { causationId, correlationId, traceparent } };
}
