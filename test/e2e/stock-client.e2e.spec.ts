// A day of the users of a small cloud: Keystone, Glance and Hearth as they are deployed, and the clients that Debian has, unmodified.
import { randomBytes } from 'node:crypto';
import { absentSubjects } from './stock-client/absent.steps';
import { attachmentSubjects } from './stock-client/attachments.steps';
import { commandsWithoutStep, needlessExcuses } from './stock-client/commands';
import { operatorSubjects } from './stock-client/operator.steps';
import { describeSubject } from './stock-client/run-subject';
import { readChapter, sdkChapters } from './stock-client/sdk';
import { sharingSubjects } from './stock-client/sharing.steps';
import { snapshotSubjects } from './stock-client/snapshots.steps';
import { typeSubjects } from './stock-client/types.steps';
import { volumeSubjects } from './stock-client/volumes.steps';
import { startWorld, type World } from './stock-client/world';

jest.setTimeout(300_000);

const mib = 2 ** 20;
const subjects = [
  ...[...volumeSubjects, ...snapshotSubjects, ...typeSubjects, ...attachmentSubjects],
  ...[...sharingSubjects, ...operatorSubjects, ...absentSubjects],
];

let world: World;

beforeAll(async () => {
  world = await startWorld();
  const { images } = world.glance;
  const tiny = await images.create({ name: 'tiny', diskFormat: 'raw', data: { bytes: randomBytes(4 * mib) } });
  world.names.set('tiny', tiny.id);
  await images.create({ name: 'large', diskFormat: 'raw', minDiskGib: 5, data: { bytes: randomBytes(mib) } });
  await images.create({ name: 'bogus', diskFormat: 'qcow2', data: { bytes: randomBytes(mib) } });
  await images.create({ name: 'queued', diskFormat: 'raw' });
});

afterAll(() => world?.stop());

for (const subject of subjects) describeSubject(subject, () => world);

test('every command of the installed client about volumes has a step, or a reason why it has none', async () => {
  expect(await commandsWithoutStep(world.clients, subjects)).toEqual([]);
});

test('nothing is excused that has a step, or that the client does not know', async () => {
  expect(await needlessExcuses(world.clients, subjects)).toEqual([]);
});

test('who has an application credential needs no password', async () => {
  const { keystone, cloud, clients } = world;
  const env = keystone.openrc(cloud.blockStorage);
  const argv = ['volume', 'list', '--all-projects', '-f', 'json'];
  const { exit, stdout } = await clients.run({ program: 'openstack', argv, env });
  expect({ exit, names: (JSON.parse(stdout) as { Name: string }[]).map(({ Name: name }) => name) }).toMatchObject({
    exit: 0,
    names: expect.arrayContaining(['system']) as unknown,
  });
});

describe('openstacksdk', () => {
  test.each(sdkChapters)('%s', async (chapter) => {
    expect(await readChapter(world, chapter)).toEqual({ exit: 0, stdout: '', stderr: '' });
  });
});
