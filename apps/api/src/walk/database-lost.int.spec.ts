import { tokens } from '../testing/test-api';
import { allSteps, type Step } from '../testing/walk/steps';
import { walk } from '../testing/walk/walker';
import { walkProject, WalkWorld } from '../testing/walk/walk-world';

let world: WalkWorld;
beforeAll(async () => {
  world = await WalkWorld.open();
}, 60_000);
afterAll(() => world.close());

const changing = allSteps.filter(({ policy, method }) => policy !== 'open' && method !== 'GET');
/** Operations, or actions, that were stored while the database went away. */
const stored = new Set<string>();

/** The request that the database does not outlive, as the first of these that may make it. */
async function asked(step: Step) {
  for (const token of [tokens.member, 'demo:root:admin']) {
    const atRequest = () => world.house.loss.begin();
    const answer = await walk(world, step, { token, project: walkProject, fresh: true, atRequest });
    const wasLost = world.house.loss.end();
    await world.house.caughtUp();
    if (wasLost || answer.status !== 403) return { answer, wasLost };
  }
  return undefined;
}

test.each(changing.map((step) => [step.name, step] as const))(
  '%s: what is stored is answered as done, though the database goes away right after it',
  async (_, step) => {
    const { answer, wasLost } = (await asked(step)) ?? {};
    if (!wasLost || !answer) return;
    stored.add(step.name);
    expect([answer.status, answer.text]).toEqual([step.success.status, expect.any(String)]);
    if (step.success.schema) expect(step.success.schema.safeParse(answer.body).error).toBeUndefined();
  },
);

/** What says how things are already, needs more than a walk brings along, or is never done. */
const nothingStored = [
  'volumes.act os-show_image_metadata',
  'volumes.act os-set_image_metadata',
  'volumes.act os-reset_status',
  'volumes.act revert',
  'volumes.act os-migrate_volume',
  'volumes.act os-migrate_volume_completion',
  'volumes.act os-unreserve',
  'volumes.act os-begin_detaching',
  'volumes.act os-roll_detaching',
  'volumes.act os-detach',
  'volumes.act os-terminate_connection',
  'volumes.act os-force_detach',
  'volumes.metadata.merge',
  'snapshots.metadata.merge',
  'snapshots.action os-update_snapshot_status',
  'snapshots.action os-reset_status',
  'snapshots.action os-unmanage',
  'services.enable',
  'cache.prune',
  'cache.clean',
];

test('the walk has met all that is stored in the log', () => {
  const inTheLog = /^(volumes|snapshots|attachments|olderTransfers|transfers|services|cache)\./;
  const met = changing.map(({ name }) => name).filter((name) => inTheLog.test(name));
  expect(met.filter((name) => !stored.has(name)).sort()).toEqual([...nothingStored].sort());
});
