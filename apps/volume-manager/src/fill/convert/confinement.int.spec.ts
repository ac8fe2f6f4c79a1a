import { type TemporaryDirectory, eventually, temporaryDirectory } from '@hearth/testing';
import { findUser, requireProgram } from '@hearth/testing/servers';
import { spawn } from 'node:child_process';
import { type ConfinedRun, runConfined } from './confined-run';
import { type ConversionHost, startConversionHost } from './testing/conversion-host';
import { ownWord, processesWith, programOf } from './testing/processes';

jest.setTimeout(60_000);

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
    await eventually(() => processesWith(`8${word}`).some((pid) => programOf(pid) === 'sleep'));
    starter.kill('SIGKILL');
    await eventually(() => processesWith(word).length === 0, { what: 'the end of the program' });
  });

  test('what outlives a program that has ended is ended', async () => {
    const word = ownWord();
    expect(await shell(`sleep 9${word} & echo done`)).toBe('done\n');
    await eventually(() => processesWith(word).length === 0, { what: 'the end of what was left' });
  });
});
