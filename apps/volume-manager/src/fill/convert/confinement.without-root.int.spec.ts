import { programRunner } from '@hearth/drivers';
import { type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { findUser, requireProgram } from '@hearth/testing/servers';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { requireRoot } from './testing/conversion-host';
import { ownWord, processesWith, programOf } from './testing/processes';
import type { Seen } from './testing/unprivileged';

jest.setTimeout(60_000);

const run = programRunner();

beforeAll(async () => {
  requireRoot();
  await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
});

// A process of its own, which has never been root: what it may do is what the kernel lets it.
describe('without root', () => {
  let directory: TemporaryDirectory;
  let script: string;
  beforeAll(async () => {
    directory = await temporaryDirectory('hearth-unprivileged-');
    const { uid, gid } = await findUser(['nobody']);
    await chown(directory.path, uid, gid);
    script = join(directory.path, 'confined.cjs');
    await build({
      ...{ entryPoints: [join(__dirname, 'testing', 'unprivileged.ts')], outfile: script, bundle: true },
      ...{ platform: 'node', format: 'cjs', tsconfig: join(__dirname, '../../../../../tsconfig.base.json') },
    });
  });
  afterAll(() => directory.remove());

  const secret = 'HEARTH_TEST_SECRET=which-nobody-may-see';
  const asNobody = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--'] as const;
  /** As in most containers: the kernel grants no more namespaces. */
  const contained = [
    ...['unshare', '--user', '--map-current-user', '--keep-caps', '--', 'sh', '-c'],
    'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --ambient-caps=-all --inh-caps=-all -- "$@"',
    'sh',
  ];

  async function seen(
    least: string,
    shellScript: string,
    { before = [], without = '' }: { readonly before?: readonly string[]; readonly without?: string } = {},
  ): Promise<Seen> {
    const ours = ['env', secret, process.execPath, script, least, directory.path, shellScript, without];
    const { stdout } = await run([...asNobody, ...before, ...ours]);
    return JSON.parse(stdout) as Seen;
  }

  test('programs see none of our files, no process, no network, and have no rights', async () => {
    const look = `cat "$1" || echo no such file; ls -A /home /tmp /etc /root /var
      cat /proc/$2/environ || echo no such process; tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/self/status
      umount /etc || echo covered; unshare --user --map-root-user --mount umount /etc || echo covered for good`;
    const { level, logged, output } = await seen('view', look);
    expect(level).toBe('view');
    expect(logged).toEqual(['info image conversion is confined']);
    expect(output).toMatch(/^no such file\n/);
    expect(output.slice(0, output.indexOf('no such process'))).toBe(
      'no such file\n/etc:\n\n/home:\n\n/root:\n\n/tmp:\n\n/var:\n',
    );
    expect(output).not.toContain(secret);
    expect(output).toContain('NoNewPrivs:\t1\n');
    expect(output.match(/^ *\w+(?=\nName:)/m)?.[0].trim()).toBe('lo');
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) expect(output).toMatch(new RegExp(`^Cap${set}:\\t0+$`, 'm'));
    expect(output).toMatch(/covered\ncovered for good\n$/);
  });

  test('an image that is handed over is read, and its conversion written, though neither can be seen', async () => {
    const { output } = await seen('view', 'cat /proc/self/fd/3; printf " and a disk" > /proc/self/fd/4');
    expect(output).toBe('an image and a disk');
  });

  test('in namespaces alone programs read files as we do, but see nothing of our process', async () => {
    const look = 'cat "$1"; cat /proc/$2/environ 2>&1; grep CapEff /proc/self/status';
    const { level, logged, output } = await seen('namespaces', look, { without: 'nsenter' });
    expect(level).toBe('namespaces');
    expect(logged).toEqual([expect.stringContaining('view: nsenter is forbidden')]);
    expect(output).toMatch(/^a file of ours.*No such file or directory\nCapEff:\t0+\n$/);
  });

  test('where there are no namespaces nothing is run', async () => {
    const { level, logged, output } = await seen('namespaces', 'echo it ran', { before: contained });
    expect({ level, output }).toEqual({ level: 'none', output: 'cannot-confine' });
    expect(logged).toEqual([expect.stringMatching(/^warn .*"least":"namespaces".*unshare/)]);
  });

  test('unless the operator allows it; what is lacking is a warning then', async () => {
    const { level, logged, output } = await seen('user', 'grep -E "NoNewPrivs|CapEff" /proc/self/status; env', {
      before: contained,
    });
    expect(level).toBe('user');
    expect(logged).toEqual([expect.stringMatching(/^warn .*"level":"user".*"lacking":\["view: .*namespaces: /)]);
    expect(output).toMatch(/CapEff:\t0+\nNoNewPrivs:\t1\n/);
    expect(output).not.toContain(secret);
  });

  test('a program whose starter is killed does not outlive it', async () => {
    const word = ownWord();
    const starter = spawn(
      asNobody[0],
      [...asNobody.slice(1), process.execPath, script, 'view', directory.path, `sleep 8${word}`],
      {
        detached: true,
        stdio: 'ignore',
      },
    );
    await eventually(() => processesWith(`8${word}`).some((pid) => programOf(pid) === 'sleep'));
    starter.kill('SIGKILL');
    await eventually(() => processesWith(`8${word}`).length === 0, { what: 'the end of the program' });
  });
});
