import { containersOf, waitUntilHealthy } from './containers';
import type { Docker } from './docker';

/** An engine whose project has containers in these states, as `docker inspect` prints them. */
const engineWith = (...states: string[]): Docker => ({
  ask: async ([command]) => {
    if (command === 'ps') return states.map((_, index) => `id${index}\n`).join('');
    if (command === 'inspect') return `${states.join('\n')}\n`;
    return 'the reason in its log\n';
  },
  show: async () => undefined,
  compose: async () => undefined,
});

const wait = (docker: Docker) => waitUntilHealthy(docker, { project: 'p', timeoutMs: 20 });

test('a container without a health check is told by its status alone', async () => {
  expect(await containersOf(engineWith('/p_nats_1 running healthy', '/p_api_1 exited '), 'p')).toEqual([
    { name: 'p_nats_1', status: 'running', health: 'healthy' },
    { name: 'p_api_1', status: 'exited', health: '' },
  ]);
});

test('the wait ends when all run and none is less than healthy', async () => {
  await expect(wait(engineWith('/a running healthy', '/b running '))).resolves.toBeUndefined();
});

test.each(['exited ', 'running unhealthy', 'running starting'])(
  'a container that is %s is named with the end of its log',
  async (state) => {
    await expect(wait(engineWith('/a running healthy', `/b ${state}`))).rejects.toThrow(
      /not healthy: b is .*the reason in its log/s,
    );
  },
);

test('a project without containers is not healthy', async () => {
  await expect(wait(engineWith())).rejects.toThrow('the compose project p has no containers');
});
