import { type Policy, policies, type Rule } from '@hearth/cinder-v3';
import { type Answer, tokens } from '../testing/test-api';
import { allSteps, parametersOf, type Step } from '../testing/walk/steps';
import { walk } from '../testing/walk/walker';
import { walkProject, WalkWorld } from '../testing/walk/walk-world';

let world: WalkWorld;
beforeAll(async () => {
  world = await WalkWorld.open();
}, 60_000);
afterAll(() => world.close());

/** Tokens of the project in which everything is, by what they may. */
const bearers = {
  'no role of a project': 'demo:sam:service',
  reader: tokens.reader,
  member: tokens.member,
  admin: 'demo:root:admin',
} as const;
type BearerName = keyof typeof bearers;

/** Who a rule lets in, written down once more. */
const letIn: Readonly<Record<Rule, readonly BearerName[]>> = {
  anyone: ['no role of a project', 'reader', 'member', 'admin'],
  reader: ['reader', 'member', 'admin'],
  member: ['member', 'admin'],
  admin: ['admin'],
  service: ['admin'],
};

/** There is none of these, whoever asks. */
const neverThere = ['cluster_id', 'backup_id', 'group_id', 'group_type_id', 'group_snapshot_id', 'cgsnapshot_id'];
/** Things that belong to a project, and to nobody else. */
const owned = ['volume_id', 'snapshot_id', 'attachment_id', 'transfer_id', 'message_id'];
/** Names that need not be there: something is told of any. */
const anyName = ['quota_project_id', 'class_name', 'encryption_id', 'default_project_id'];
/** Refused for want of a service, after everything else. */
const withoutService = ['backups.create', 'backups.import'];

const ruleOf = (policy: Policy): Rule => policies[policy];
const isLetIn = ({ policy }: Step, name: BearerName) => policy === 'open' || letIn[ruleOf(policy)].includes(name);
const names = (step: Step, parameters: readonly string[]) =>
  parametersOf(step.paths[0]!).some((parameter) => parameters.includes(parameter));
const guarded = allSteps.filter(({ policy }) => policy !== 'open');

/** What an answer says about whether somebody was let in. */
function verdictOf({ operation }: Step, { status }: Answer): number | 'let in' {
  if ([401, 403, 404].includes(status)) return status;
  if (withoutService.includes(operation) && status === 503) return 'let in';
  return status < 500 ? 'let in' : status;
}

/** Somebody who is let in changes things: they are made anew for everybody. */
const isChange = ({ method }: Step) => method !== 'GET';

async function verdicts(step: Step, asker: Partial<Parameters<typeof walk>[2]>): Promise<object> {
  const found: Record<string, unknown> = {};
  for (const [name, token] of Object.entries(bearers)) {
    const fresh = isChange(step) && isLetIn(step, name as BearerName) && !asker.missing;
    found[name] = verdictOf(step, await walk(world, step, { token, fresh, ...asker }));
  }
  return found;
}

const expected = (step: Step, verdictFor: (isIn: boolean) => unknown) =>
  Object.fromEntries(Object.keys(bearers).map((name) => [name, verdictFor(isLetIn(step, name as BearerName))]));

describe.each(guarded.map((step) => [step.name, step] as const))('%s', (_, step) => {
  const isNever = names(step, neverThere);
  const hasProject = step.paths[0]!.includes('{project_id}');

  test('lets in whom its policy names', async () => {
    const refused = isNever && step.policyAfterLookup ? 404 : 403;
    const project = hasProject ? { project: walkProject } : {};
    const wanted = expected(step, (isIn) => (isIn ? (isNever ? 404 : 'let in') : refused));
    expect(await verdicts(step, project)).toEqual(wanted);
  });

  if (step.paths.length > 1) {
    test('does the same without the project in its path', async () => {
      const refused = isNever && step.policyAfterLookup ? 404 : 403;
      expect(await verdicts(step, {})).toEqual(expected(step, (isIn) => (isIn ? (isNever ? 404 : 'let in') : refused)));
    });
  }

  test.each([
    ['no token', null],
    ['an empty token', ''],
    ['a token that nobody knows', 'nonsense'],
  ])('knows nobody with %s', async (_what, token) => {
    expect((await walk(world, step, { token, project: walkProject })).status).toBe(401);
  });

  if (hasProject) {
    test("refuses another project's path, but for administrators", async () => {
      const other = { project: 'other' };
      for (const token of [tokens.member, tokens.reader, bearers['no role of a project']]) {
        const { status, body } = await walk(world, step, { token, ...other });
        expect({ status, body }).toEqual({
          status: 400,
          body: { badRequest: { code: 400, message: 'Malformed request url' } },
        });
      }
      const fresh = isChange(step);
      const verdict = verdictOf(step, await walk(world, step, { token: tokens.admin, ...other, fresh }));
      expect(verdict).toBe(isNever ? 404 : 'let in');
    });
  }

  if (parametersOf(step.paths[0]!).length > 0 && !names(step, anyName) && !isNever) {
    test('says of what is not there no more than that', async () => {
      const refused = step.policyAfterLookup ? 404 : 403;
      const wanted = expected(step, (isIn) => (isIn ? 404 : refused));
      expect(await verdicts(step, { project: walkProject, missing: true })).toEqual(wanted);
    });
  }

  if (names(step, owned)) {
    test("is not found by another project's member", async () => {
      // An offer is accepted by who has its key, of whatever project.
      const isOffer = step.operation.endsWith('accept');
      const { status } = await walk(world, step, { token: tokens.other, project: 'other', fresh: isOffer });
      if (isOffer) return expect(status).toBe(202);
      return expect(status).toBe(step.policyAfterLookup || isLetIn(step, 'member') ? 404 : 403);
    });
  }
});

test.each(allSteps.filter(({ policy }) => policy === 'open').map((step) => [step.name, step] as const))(
  '%s is open to everybody',
  async (_, step) => {
    for (const token of [null, 'nonsense', tokens.reader]) {
      expect([200, 300]).toContain((await walk(world, step, { token })).status);
    }
  },
);

test('every policy has a rule, and every rule is asked for', () => {
  const asked = new Set(guarded.map(({ policy }) => policy));
  expect([...asked].filter((policy) => !Object.hasOwn(policies, policy))).toEqual([]);
});
