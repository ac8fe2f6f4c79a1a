import { programRunner } from '@hearth/drivers';
import { type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { findUser, requireProgram } from '@hearth/testing/servers';
import { build } from 'esbuild';
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConfinedRun, runConfined } from './confined-run';
import { type ConfinementOptions, openConfinement } from './confinement';
import { type ConversionHost, processesWith, startConversionHost } from './testing/conversion-host';
import type { Seen } from './testing/unprivileged';

jest.setTimeout(60_000);

const run = programRunner();
const limits = { cpuSeconds: 7, addressSpaceBytes: 512 * 2 ** 20, fileBytes: 4_096, totalMs: 60_000 };

let home: TemporaryDirectory;
let host: ConversionHost;
beforeAll(async () => {
  home = await temporaryDirectory('hearth-convert-');
  host = await startConversionHost(home.path, await requireProgram('qemu-img', { debianPackage: 'qemu-utils' }));
});
afterAll(async () => {
  await host?.stop();
  await home?.remove();
});

function shell(script: string, options: Partial<ConfinedRun> = {}): Promise<string> {
  const { signal } = new AbortController();
  return runConfined(host.confinement, { argv: ['sh', '-c', script], files: [], limits, signal, ...options });
}

/** A word that no other process has on its command line. */
let words = 0;
const ownWord = () => `${process.pid}.${(words += 1)}`;

describe('what a program is', () => {
  test('nobody, without capabilities or a way to gain any', async () => {
    const status = await shell('cat /proc/self/status');
    const { uid, gid } = await findUser(['nobody']);
    expect(status).toContain(`Uid:\t${Array(4).fill(uid).join('\t')}\n`);
    expect(status).toContain(`Gid:\t${Array(4).fill(gid).join('\t')}\n`);
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(status).toContain('NoNewPrivs:\t1\n');
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) expect(status).toMatch(new RegExp(`^Cap${set}:\\t0+$`, 'm'));
  });

  test('J.l: limited by the kernel', async () => {
    const found = (await shell('cat /proc/self/limits')).replaceAll(/ +/g, ' ');
    expect(found).toContain('Max cpu time 7 8 seconds');
    expect(found).toContain(`Max address space ${limits.addressSpaceBytes} ${limits.addressSpaceBytes} bytes`);
    expect(found).toContain('Max file size 4096 4096 bytes');
    expect(found).toContain('Max core file size 0 0 bytes');
  });
});

describe('what a program sees', () => {
  test('programs and libraries, and nothing else of the host', async () => {
    expect(host.confinement.level).toBe('view');
    expect(await shell('ls -A /etc /home /root /tmp /var /run /srv /sys /dev/shm')).not.toMatch(/^[^/\n]/m);
    expect(await shell(`ls ${host.directory} 2>&1 || true`)).toContain('No such file');
  });

  test('no process but its own', async () => {
    const pids = (await shell('ls /proc')).split('\n').filter((name) => /^\d+$/.test(name));
    expect(pids.length).toBeLessThanOrEqual(4);
  });

  test('no network', async () => {
    const devices = (await shell('cat /proc/net/dev')).split('\n').slice(2);
    expect(devices.map((line) => line.split(':')[0]?.trim()).filter((name) => name)).toEqual(['lo']);
  });

  test('nothing of our environment', async () => {
    process.env['HEARTH_TEST_SECRET'] = 'secret';
    try {
      const names = (await shell('env')).split('\n').map((line) => line.split('=')[0]);
      expect(names.filter((name) => name && !['PWD', '_', 'SHLVL', 'OLDPWD'].includes(name)).sort()).toEqual([
        ...['LC_ALL', 'MALLOC_ARENA_MAX', 'PATH'],
      ]);
    } finally {
      delete process.env['HEARTH_TEST_SECRET'];
    }
  });

  test('no descriptor but those it is given', async () => {
    expect(
      (await shell('ls /proc/$$/fd'))
        .trim()
        .split('\n')
        .map(Number)
        .filter((fd) => fd < 10),
    ).toEqual([0, 1, 2]);
  });
});

describe('less confinement than there could be', () => {
  const refusing = (...programs: string[]): ConfinementOptions['run'] => {
    return (argv, options) => {
      if (argv.some((word) => programs.includes(word))) return Promise.reject(new Error(`${programs[0]} is forbidden`));
      return run(argv, options);
    };
  };

  async function found(options: Partial<ConfinementOptions>) {
    const logged: string[] = [];
    const tell = (message: string, fields?: Readonly<Record<string, unknown>>) =>
      void logged.push(`${message} ${JSON.stringify(fields)}`);
    const confinement = await openConfinement({
      ...{ user: 'nobody', program: 'qemu-img', least: 'user', log: { info: tell, warn: tell } },
      ...options,
    });
    return { confinement, logged };
  }

  test('the best that works is taken, and why it is not more is logged', async () => {
    const { confinement, logged } = await found({ run: refusing('nsenter') });
    expect(confinement.level).toBe('namespaces');
    expect(logged).toEqual([expect.stringContaining('view: nsenter is forbidden')]);
    await confinement.close();
  });

  test('without namespaces the user, the limits and the lost rights remain', async () => {
    const { confinement } = await found({ run: refusing('unshare', 'nsenter') });
    expect(confinement.level).toBe('user');
    const status = await runConfined(confinement, {
      ...{ argv: ['cat', '/proc/self/status'], files: [], limits, signal: new AbortController().signal },
    });
    expect(status).toContain('NoNewPrivs:\t1\n');
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).not.toMatch(/^Uid:\t0/m);
  });

  test('where nothing works nothing is run', async () => {
    const { confinement } = await found({ run: refusing('unshare', 'nsenter', 'setpriv') });
    expect(confinement.level).toBe('none');
    const { signal } = new AbortController();
    await expect(runConfined(confinement, { argv: ['true'], files: [], limits, signal })).rejects.toMatchObject({
      problem: 'cannot-confine',
    });
  });

  test.each([
    ['view', []],
    ['namespaces', ['nsenter']],
    ['user', ['nsenter', 'unshare']],
  ])('our environment cannot be read: %s', async (level, refused) => {
    const { confinement } = await found({ run: refusing(...refused) });
    expect(confinement.level).toBe(level);
    const look = `cat /proc/${process.pid}/environ 2>&1 || echo unreadable`;
    const { signal } = new AbortController();
    const output = await runConfined(confinement, { argv: ['sh', '-c', look], files: [], limits, signal });
    expect(output).toMatch(/(No such file or directory|Permission denied)\nunreadable\n$/);
    await confinement.close();
  });

  test('what is less than the operator asks for runs nothing, and says what it lacks', async () => {
    const { confinement, logged } = await found({ run: refusing('unshare', 'nsenter'), least: 'namespaces' });
    expect(confinement.level).toBe('none');
    expect(() => confinement.wrap(['true'], limits)).toThrow(
      /must be \(namespaces\): view: unshare is forbidden.*; namespaces: unshare is forbidden/,
    );
    expect(logged).toEqual([expect.stringContaining('"least":"namespaces"')]);
  });

  test('root is not a user that images are converted as', async () => {
    await expect(found({ user: 'root' })).rejects.toThrow('the user root: it has the rights of root');
    await expect(found({ user: 'no-such-user' })).rejects.toThrow('no-such-user');
  });

  test('a view is given back', async () => {
    const before = heldNamespaces();
    const { confinement } = await found({});
    expect(heldNamespaces()).toBe(before + 1);
    await confinement.close();
    await found({ run: refusing('nsenter') });
    expect(heldNamespaces()).toBe(before);
  });
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
    await eventually(() => processesWith(`8${word}`).some((pid) => commandOf(pid) === 'sleep'));
    starter.kill('SIGKILL');
    await eventually(() => processesWith(`8${word}`).length === 0, { what: 'the end of the program' });
  });
});

describe('the end', () => {
  test('what is called off is killed with everything it started, out of its group or not', async () => {
    const word = ownWord();
    const stop = new AbortController();
    const script = `setsid sleep 5${word} & sleep 6${word} & sleep 7${word}`;
    const running = shell(script, { signal: stop.signal });
    running.catch(() => undefined);
    await eventually(() => ['5', '6', '7'].every((digit) => processesWith(`${digit}${word}`).length > 0));
    const reason = new Error('not wanted any more');
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    await eventually(() => processesWith(word).length === 0, { what: 'the end of all processes' });
  });

  test('what is called off before it begins is not begun', async () => {
    const reason = new Error('never mind');
    await expect(shell('true', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('a program whose starter is killed does not outlive it', async () => {
    const word = ownWord();
    const argv = host.confinement.wrap(['sleep', `8${word}`], limits);
    const starter = spawn('sh', ['-c', '"$@"; true', 'sh', ...argv], { detached: true, stdio: 'ignore' });
    await eventually(() => processesWith(`8${word}`).some((pid) => commandOf(pid) === 'sleep'));
    starter.kill('SIGKILL');
    await eventually(() => processesWith(word).length === 0, { what: 'the end of the program' });
  });

  test('what outlives a program that has ended is ended', async () => {
    const word = ownWord();
    expect(await shell(`sleep 9${word} & echo done`)).toBe('done\n');
    await eventually(() => processesWith(word).length === 0, { what: 'the end of what was left' });
  });
});

function commandOf(pid: number): string {
  return execFileSync('cat', [`/proc/${pid}/comm`], { encoding: 'utf8' }).trim();
}

/** Descriptors of this process that keep a mount namespace. */
function heldNamespaces(): number {
  const kept = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return [];
    }
  });
  return kept.filter((target) => target.startsWith('mnt:')).length;
}
