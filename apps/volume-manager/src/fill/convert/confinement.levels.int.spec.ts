import { programRunner } from '@hearth/drivers';
import { requireProgram } from '@hearth/testing/servers';
import { readdirSync, readlinkSync } from 'node:fs';
import { runConfined } from './confined-run';
import { type ConfinementOptions, openConfinement } from './confinement';
import { requireRoot } from './testing/conversion-host';

jest.setTimeout(60_000);

const run = programRunner();
const limits = { cpuSeconds: 7, addressSpaceBytes: 512 * 2 ** 20, fileBytes: 4_096, totalMs: 60_000 };

beforeAll(async () => {
  requireRoot();
  await requireProgram('qemu-img', { debianPackage: 'qemu-utils' });
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
