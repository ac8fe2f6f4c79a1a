import { newestMinor } from '@hearth/cinder-v3';
import { allSteps, type Step } from '../testing/walk/steps';
import { walk } from '../testing/walk/walker';
import { walkProject, WalkWorld } from '../testing/walk/walk-world';

let world: WalkWorld;
beforeAll(async () => {
  world = await WalkWorld.open();
}, 60_000);
afterAll(() => world.close());

const guarded = allSteps.filter(({ policy }) => policy !== 'open');

/** Just before and within what knows a step, and just after. */
const borders = ({ since, until }: Step) =>
  [since - 1, since, until, until + 1].filter((minor) => minor >= 0 && minor <= newestMinor);

const cases = guarded.flatMap((step) => [...new Set(borders(step))].map((minor) => [step.name, minor, step] as const));

test.each(cases)('%s at 3.%i', async (_, minor, step) => {
  const asker = { token: 'demo:root:admin', project: walkProject, minor, fresh: step.method !== 'GET' };
  const { status, body, headers } = await walk(world, step, asker);
  const isKnown = minor >= step.since && minor <= step.until;
  const unknown = { itemNotFound: { code: 404, message: `API version '3.${minor}' is not supported on this method.` } };
  if (isKnown) expect(body).not.toEqual(unknown);
  else expect({ status, body }).toEqual({ status: 404, body: unknown });
  expect(headers['openstack-api-version']).toBe(`volume 3.${minor}`);
});
