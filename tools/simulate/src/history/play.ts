import { BrokenPromiseError } from '../engine/broken-promise.error';
import { installTime } from '../engine/virtual-time';
import { checkAtRest, checkBytes } from '../promises/at-rest';
import { checkOneMore } from '../promises/one-more-create';
import { World } from '../world/world';
import { Doer } from './do-deed';
import type { History } from './history';

/** What came of one history. */
export interface Outcome {
  /** Undefined when all promises held. */
  readonly broken: { readonly promise: string; readonly found: string } | undefined;
  /** Turns that were given, and facts that were stored. */
  readonly turns: number;
  readonly facts: number;
  /** How often each kind of fact was stored. */
  readonly kinds: ReadonlyMap<string, number>;
  /** What was logged, where that was asked for. */
  readonly words: readonly string[];
}

export interface Playing {
  /** Chance decides who goes next: this says how. */
  readonly schedule: number;
  readonly keepWords?: boolean;
}

const hourMs = 3_600_000;

/** Rounds of all that is owed until nothing changes. */
const roundsMax = 30;

/** Lives through a history and what it takes to come to rest after it. The same history and schedule end alike, always. */
export async function play(history: History, { schedule, keepWords = false }: Playing): Promise<Outcome> {
  const world = new World(history.setup, schedule);
  if (keepWords) world.words.keep();
  const uninstall = installTime(() => world.time);
  let broken: Outcome['broken'];
  try {
    await live(world, history);
  } catch (error) {
    broken = asBroken(error);
  } finally {
    uninstall();
  }
  return {
    broken,
    turns: world.turns.taken,
    facts: world.log.last,
    kinds: world.facts.kinds,
    words: world.words.lines,
  };
}

async function live(world: World, { setup, actions }: History): Promise<void> {
  const doer = new Doer(world);
  for (const [family, image] of setup.images.entries()) world.images.add(family, image);
  if (setup.quota) world.quota.limits = setup.quota;
  for (const host of world.hosts.values()) void host.boot();
  await world.run(200);
  for (const { then, ...deed } of actions) {
    world.words.tell(`--- ${JSON.stringify(deed)}`);
    doer.begin(deed);
    if (then === 'rest') await world.rest();
    else await world.run(then);
    if (deed.do === 'look') {
      await world.rest();
      checkBytes(world, doer);
    }
  }
  await heal(world);
  checkAtRest(world, doer);
  await oneMore(world, doer);
}

/** GiB that hold any image. */
const amplyGib = 10;

/** When all is well, another volume is made. */
async function oneMore(world: World, doer: Doer): Promise<void> {
  const active = world.images.images.filter(({ status }) => status === 'active');
  if (active.length === 0) return;
  const { family } = world.random.pick(active);
  world.words.tell('--- one more');
  const before = new Map(world.facts.caches);
  doer.begin({ do: 'create', image: family, sizeGib: amplyGib, count: 1 });
  await world.rest();
  const { id, image } = doer.volumes.at(-1)!;
  checkOneMore(world, { id, image: image! }, before);
  checkBytes(world, doer);
}

/** Nothing fails any more, everybody is up, and what is owed is asked for until there is nothing. */
async function heal(world: World): Promise<void> {
  world.words.tell('--- all is healed');
  world.heal();
  await world.rest();
  for (const host of world.hosts.values()) void host.rise();
  await world.rest();
  // Entries of images that are gone stay for a while, what nobody owns is found twice before it goes, and copies are read once a week.
  for (let look = 0; look < 2; look += 1) {
    await world.until(world.runPasses());
    await world.rest();
    // Only after one look: what was deactivated is found so, and then found active again.
    world.images.reactivate();
    world.time.pass(look === 0 ? 3 * hourMs : 8 * 24 * hourMs);
    await world.rest();
  }
  for (let round = 0; round < roundsMax; round += 1) {
    const before = world.log.last;
    await world.until(world.runPasses());
    for (const pool of world.pools) await world.nudge(world.hostOfPool(pool).name, { kind: 'pool', id: pool });
    world.time.pass(120_000);
    await world.rest();
    if (world.log.last === before && world.broker.unacknowledged === 0) return;
  }
  throw new BrokenPromiseError('P7 every accepted create ends', `the house is not at rest after ${roundsMax} rounds`);
}

/** An error of the simulation or of what it runs breaks a promise too: nothing crashes. */
function asBroken(error: unknown): NonNullable<Outcome['broken']> {
  if (error instanceof BrokenPromiseError) return { promise: error.promise, found: error.found };
  return { promise: 'nothing crashes', found: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
