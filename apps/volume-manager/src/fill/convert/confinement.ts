import type { DriverEnvironment, RunProgram } from '@hearth/driver-api';
import { programRunner } from '@hearth/drivers';
import { ConversionError } from './conversion-problems';
import { type CoveredView, openCoveredView } from './covered-view';

/** What the kernel holds one program to. */
export interface ProcessLimits {
  readonly cpuSeconds: number;
  readonly addressSpaceBytes: number;
  /** The end of the furthest byte that it may write into a file; 0 for a program that writes none. */
  readonly fileBytes: number;
  readonly totalMs: number;
}

/**
 * How far programs are cut off, the best first: `view`: without capabilities, in namespaces of their own (no network, no other process
 * to be seen), with nothing but programs and libraries in their file system; `namespaces`: the same with the host's files, as far as
 * their user may read them; `user`: only the user, the limits, and the promise never to gain rights.
 *
 * The user is one of no rights if we are root. If not, it is ourselves: then only `view` hides our files, and `user` does not even
 * keep a program from our memory and environment.
 */
export const confinementLevels = ['view', 'namespaces', 'user'] as const;

export type ConfinementLevel = (typeof confinementLevels)[number];

export interface Confinement {
  /** `none` where nothing may be run. */
  readonly level: ConfinementLevel | 'none';
  /** Files that a program is to read or write are opened to this group; undefined when programs run as ourselves. */
  readonly gid: number | undefined;
  /** The argument vector that runs a program confined and limited. Throws `cannot-confine`. */
  wrap(argv: readonly string[], limits: ProcessLimits): readonly [string, ...string[]];
  close(): Promise<void>;
}

export interface ConfinementOptions {
  /** Whom programs run as if this process is root; never root itself. */
  readonly user: string;
  /** The program that will be run, by name or by path: it has to stay visible. */
  readonly program: string;
  /** Where no more than a lower level works nothing is run. */
  readonly least: ConfinementLevel;
  readonly log: DriverEnvironment['log'];
  readonly run?: RunProgram;
  readonly isRoot?: boolean;
}

interface Unprivileged {
  readonly uid: number;
  readonly gid: number;
}

/** Tries how far programs can be cut off on this host; to be called once, at start. Logs what was found, and why it is not more. */
export async function openConfinement(options: ConfinementOptions): Promise<Confinement> {
  const { log, run = programRunner(), isRoot = process.getuid?.() === 0 } = options;
  const user = isRoot ? await findUser(options.user, run) : undefined;
  const lacking: string[] = [];
  for (const level of confinementLevels.slice(0, confinementLevels.indexOf(options.least) + 1)) {
    let view: CoveredView | undefined;
    try {
      view = level === 'view' ? await openCoveredView(options.program, { run, isRoot }) : undefined;
      const confinement = new WorkingConfinement(level, user, view);
      await prove(confinement, user, options.program, run);
      const fields = { level, user: user ? options.user : 'ourselves' };
      if (lacking.length > 0) log.warn('image conversion is confined less than it could be', { ...fields, lacking });
      else log.info('image conversion is confined', fields);
      return confinement;
    } catch (error) {
      await view?.close();
      lacking.push(`${level}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const { least } = options;
  log.warn('images cannot be converted on this host: qemu-img cannot be confined as far as it must be', {
    least,
    lacking,
  });
  return new NoConfinement(`qemu-img cannot be confined as far as it must be (${least}): ${lacking.join('; ')}`);
}

class WorkingConfinement implements Confinement {
  constructor(
    readonly level: ConfinementLevel,
    private readonly user: Unprivileged | undefined,
    private readonly view: CoveredView | undefined,
  ) {}

  get gid(): number | undefined {
    return this.user?.gid;
  }

  wrap(argv: readonly string[], limits: ProcessLimits): readonly [string, ...string[]] {
    return [
      'setpriv',
      ...dieTogether,
      ...(this.level === 'user' ? [] : this.namespaces()),
      // The first process of a namespace does not heed the signals that limits send, so it is not the program itself. That this one ends
      // in time on its own is for the case that we are gone.
      ...['timeout', '--foreground', '--signal=KILL', `${Math.ceil(limits.totalMs / 1000) + 10}`],
      ...this.unprivileged(),
      ...limited(limits),
      ...argv,
    ];
  }

  async close(): Promise<void> {
    await this.view?.close();
  }

  private namespaces(): string[] {
    const own = ['--mount', '--net', '--ipc', '--uts', '--pid', '--mount-proc', '--fork', '--kill-child'];
    const before = this.view?.enter ?? (this.user ? [] : ['unshare', '--user', '--map-root-user', '--']);
    // Who enters a user namespace gains rights there, at which the kernel forgets whose end is to be its own.
    return [...before, ...(before.length > 0 ? ['setpriv', ...dieTogether] : []), 'unshare', ...own, '--'];
  }

  private unprivileged(): string[] {
    const noRights = ['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'];
    if (this.user) {
      const { uid, gid } = this.user;
      return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...noRights, ...dieTogether];
    }
    // Without a namespace of our own there are no rights to be taken, and nobody may take them.
    return ['setpriv', ...(this.level === 'user' ? ['--no-new-privs'] : noRights), ...dieTogether];
  }
}

const dieTogether = ['--pdeathsig=KILL', '--'];

/** At the soft limit of processor time comes the signal that says so, a second later the end. */
function limited({ cpuSeconds, addressSpaceBytes, fileBytes }: ProcessLimits): string[] {
  const cpu = Math.ceil(cpuSeconds);
  return [
    'prlimit',
    ...[`--cpu=${cpu}:${cpu + 1}`, `--as=${addressSpaceBytes}`, `--fsize=${fileBytes}`, '--core=0', '--nofile=256'],
    '--',
  ];
}

class NoConfinement implements Confinement {
  readonly level = 'none';
  readonly gid = undefined;

  constructor(private readonly why: string) {}

  wrap(): never {
    throw new ConversionError('cannot-confine', this.why);
  }

  async close(): Promise<void> {}
}

async function findUser(user: string, run: RunProgram): Promise<Unprivileged> {
  const [uid, gid] = await Promise.all(
    ['--user', '--group'].map(async (which) => Number((await run(['id', which, '--', user])).stdout)),
  );
  if (!uid || !gid) throw new Error(`images cannot be converted as the user ${user}: it has the rights of root`);
  return { uid, gid };
}

const provingLimits: ProcessLimits = { cpuSeconds: 10, addressSpaceBytes: 2 ** 30, fileBytes: 0, totalMs: 10_000 };

/** Asks the kernel what it thinks of a program that was started this way. */
async function prove(
  confinement: Confinement,
  user: Unprivileged | undefined,
  program: string,
  run: RunProgram,
): Promise<void> {
  const { stdout } = await run(confinement.wrap(['cat', '/proc/self/status'], provingLimits), { timeoutMs: 10_000 });
  const status = new Map(stdout.split('\n').map((line) => line.split(':\t') as [string, string]));
  if (status.get('NoNewPrivs') !== '1') throw new Error('programs could gain rights');
  if (Number(`0x${status.get('CapEff')}`) !== 0) throw new Error('programs have capabilities');
  if (user && status.get('Uid') !== Array(4).fill(user.uid).join('\t')) throw new Error('programs keep our user');
  if (program.includes('/')) await run(confinement.wrap(['test', '-x', program], provingLimits), { timeoutMs: 10_000 });
}
