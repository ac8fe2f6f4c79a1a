import type { RunProgram } from '@hearth/driver-api';
import { systemPath } from '@hearth/drivers';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';

/** A mount namespace in which the host's folders are covered by empty ones. */
export interface CoveredView {
  /** What runs a program in it, as the beginning of an argument vector. */
  readonly enter: readonly string[];
  close(): Promise<void>;
}

/** What programs need: themselves and their libraries; where the kernel tells of processes; the devices that everybody may use. */
const needed = ['bin', 'dev', 'lib', 'lib32', 'lib64', 'libx32', 'proc', 'sbin', 'usr'];

/**
 * Makes a mount namespace that shows programs and libraries and nothing else of the host. It is held by descriptors alone, so that
 * nothing of it stays when this process ends, however it ends. As root it needs the right to mount; else a user namespace, in which
 * we are root and nobody else is, and in which programs must be robbed of their rights before they run.
 */
export async function openCoveredView(program: string, { run, isRoot }: CoveredViewOptions): Promise<CoveredView> {
  const visible = new Set([...needed, ...(program.includes('/') ? [await topFolder(program)] : [])]);
  const { held, enter, end } = await holdNamespaces(isRoot);
  try {
    for (const folder of await foldersBut(visible)) {
      const blank = ['mount', '-t', 'tmpfs', '-o', 'ro,nosuid,nodev,noexec,size=4k,mode=755', 'hearth', folder];
      await run([...enter, ...blank], { timeoutMs: 10_000 });
    }
  } catch (error) {
    await held.close();
    throw error;
  } finally {
    await end();
  }
  return held;
}

export interface CoveredViewOptions {
  readonly run: RunProgram;
  readonly isRoot: boolean;
}

async function topFolder(program: string): Promise<string> {
  return (await realpath(program)).split('/')[1] ?? '';
}

async function foldersBut(visible: ReadonlySet<string>): Promise<string[]> {
  const top = await readdir('/', { withFileTypes: true });
  const folders = top.filter((entry) => entry.isDirectory() && !visible.has(entry.name)).map(({ name }) => `/${name}`);
  const sharedMemory = await stat('/dev/shm').then(
    (found) => found.isDirectory(),
    () => false,
  );
  return sharedMemory ? [...folders, '/dev/shm'] : folders;
}

interface HeldNamespaces {
  readonly held: CoveredView;
  /** The way in while the process that keeps them lives: `mount` goes by it. */
  readonly enter: readonly [string, ...string[]];
  end(): Promise<void>;
}

/** New namespaces, and a process that keeps them until we have opened them and mounted in them; that one ends with its input. */
async function holdNamespaces(isRoot: boolean): Promise<HeldNamespaces> {
  const own = isRoot ? [] : ['--user', '--map-root-user'];
  const holder = spawn('unshare', [...own, '--mount', '--', 'cat'], {
    env: { PATH: systemPath, LC_ALL: 'C' },
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  holder.stderr.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-500)));
  holder.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => holder.once('close', () => resolve()).once('error', () => resolve()));
  // What comes back shows that the namespaces are there: the program that echoes is started in them.
  holder.stdin.write('.');
  const ready = once(holder.stdout, 'data').then(
    () => true,
    () => false,
  );
  const isThere = await Promise.race([ready, ended.then(() => false)]);
  if (!isThere) throw new Error(`no mount namespace can be made: ${complaint.trim() || 'unshare cannot be run'}`);
  const end = async () => {
    holder.stdin.end();
    await ended;
  };
  try {
    const place = `/proc/${holder.pid}/ns`;
    const held = await openNamespaces(place, isRoot ? ['mnt'] : ['mnt', 'user']);
    return { held, enter: entering(`${place}/mnt`, isRoot ? undefined : `${place}/user`), end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function openNamespaces(place: string, names: readonly string[]): Promise<CoveredView> {
  const handles: FileHandle[] = [];
  const close = async () => void (await Promise.all(handles.splice(0).map((handle) => handle.close())));
  try {
    for (const name of names) handles.push(await open(`${place}/${name}`, 'r'));
  } catch (error) {
    await close();
    throw error;
  }
  const [mount = '', user] = handles.map(({ fd }) => `/proc/${process.pid}/fd/${fd}`);
  return { enter: entering(mount, user), close };
}

const entering = (mount: string, user: string | undefined): [string, ...string[]] => [
  ...(['nsenter', `--mount=${mount}`] as const),
  ...(user ? [`--user=${user}`, '--preserve-credentials'] : []),
  '--',
];
