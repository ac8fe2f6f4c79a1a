import { type Answer, tokens } from '../testing/test-api';
import { allSteps, parametersOf, type Step } from '../testing/walk/steps';
import { walk } from '../testing/walk/walker';
import { walkProject, WalkWorld } from '../testing/walk/walk-world';

let world: WalkWorld;
beforeAll(async () => {
  world = await WalkWorld.open();
  for (const step of allSteps) {
    for (const parameter of parametersOf(step.paths[0]!))
      await world.object(parameter, step.operation, { fresh: false });
  }
}, 60_000);
afterAll(() => world.close());

const admin = 'demo:root:admin';
const guarded = allSteps.filter(({ policy }) => policy !== 'open');

/** There is none, or it cannot be done, whoever asks; the first of them need more than a walk brings along. */
const neverDone = new Set([
  'volumes.act revert',
  'volumes.act os-begin_detaching',
  'snapshots.action os-update_snapshot_status',
  'snapshots.action os-unmanage',
  'volumes.act os-migrate_volume',
  'volumes.act os-migrate_volume_completion',
  'manageableVolumes.manage',
  'osVolumeManage.manage',
  'clusters.show',
  'backups.show',
  'backups.create',
  'backups.import',
  'groups.show',
  'groupTypes.show',
  'groupSnapshots.show',
  'consistencyGroups.show',
  'cgsnapshots.show',
]);

test.each(guarded.map((step) => [step.name, step] as const))('%s is answered as its schema says', async (_, step) => {
  const succeeded: boolean[] = [];
  for (const token of [tokens.reader, tokens.member, admin]) {
    for (const minor of new Set([step.since, step.until])) {
      const answer = await walk(world, step, { token, project: walkProject, minor, fresh: step.method !== 'GET' });
      expect(problemsOf(step, answer)).toEqual([]);
      succeeded.push(answer.status === step.success.status);
    }
  }
  expect([step.name, succeeded.includes(true)]).toEqual([step.name, !neverDone.has(step.name)]);
});

/** What an answer to a request that was done has that its schema does not say. */
function problemsOf({ success }: Step, { status, body, text }: Answer): readonly string[] {
  if (status !== success.status) return [];
  if (!success.schema) return text === '' || success.contentType ? [] : [`a body that nobody describes: ${text}`];
  const { error } = success.schema.safeParse(body);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
