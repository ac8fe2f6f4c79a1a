import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { debianEnvironment, installDebianPackages } from '../../real/debian-packages';

/** `sdk` is a chapter of sdk_day.py, which uses openstacksdk; the others are the clients themselves. */
export type Program = 'openstack' | 'cinder' | 'sdk';

export interface ClientCommand {
  readonly program: Program;
  readonly argv: readonly string[];
  /** What the command's environment holds beside PATH, HOME and LANG. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Outcome {
  /** Null for a command that did not end in time. */
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const secondsOfCommand = 60;

/** Debian's clients, unmodified, loaded once; a command takes as long as its requests. */
export class StockClients {
  private readonly answers: ((line: string) => void)[] = [];
  private readonly stderr: string[] = [];

  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, Readable>,
    private readonly home: string,
  ) {
    createInterface(child.stdout).on('line', (line) => this.answers.shift()?.(line));
    createInterface(child.stderr).on('line', (line) => this.stderr.push(line));
    child.once('exit', () => this.answers.splice(0).forEach((answer) => answer('')));
  }

  /** Installs the clients where they are missing (as root). `home` is the home of who types. */
  static async start(home: string): Promise<StockClients> {
    await installDebianPackages({
      packages: ['python3-openstackclient', 'python3-cinderclient', 'python3-openstacksdk'],
    });
    const child = spawn('/usr/bin/python3', [join(__dirname, 'clients.py')], {
      env: { ...debianEnvironment, HOME: home, PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    await once(child, 'spawn');
    return new StockClients(child, home);
  }

  /** Commands are run in the order in which they are given, one after the other. */
  async run({ program, argv, env }: ClientCommand): Promise<Outcome> {
    const surroundings = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: this.home, LANG: 'C.UTF-8', ...env };
    const request = { program, argv, env: surroundings, seconds: secondsOfCommand };
    const answered = new Promise<string>((resolve) => this.answers.push(resolve));
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await answered;
    if (line === '') throw new Error(`the clients have ended: ${this.stderr.join('\n')}`);
    return JSON.parse(line) as Outcome;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.stdin.end();
    await once(this.child, 'exit');
  }
}
