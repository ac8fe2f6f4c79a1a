import { type ChildProcess, spawn } from 'node:child_process';
import { findProgram } from '@hearth/testing/servers';
import { failedMark, readyMark } from './guest-words';

/** A disk as it lies in a file. */
export interface GuestDisk {
  readonly file: string;
  readonly format: 'raw' | 'qcow2';
}

/** What a guest said of its disk. */
export interface GuestReport {
  /** The line itself. */
  readonly line: string;
  /** The size of the disk as the guest sees it. */
  readonly diskBytes: number;
  /** Whether the bytes that the image's maker noted were found. */
  readonly isIntact: boolean;
}

export interface BootOptions {
  /** Path of a qemu-system-x86_64. */
  readonly program: string;
  readonly disk: GuestDisk;
  /** A guest that prints nothing for this long is given up. */
  readonly silenceMs?: number;
  /** Gives the guest up when it fires. */
  readonly signal?: AbortSignal;
}

/** A guest did not come as far as saying how large its disk is; the message ends with what stood on its console. */
export class GuestFailed extends Error {
  constructor(
    readonly reason: string,
    readonly consoleText: string,
  ) {
    const lines = consoleText.trimEnd().split(/\r*\n/).slice(-40);
    super(`the guest ${reason}; the end of its console:\n${lines.join('\n').trim() || '(it printed nothing)'}`);
    this.name = 'GuestFailed';
  }
}

const consoleCharsMax = 1024 * 1024;
const memoryMib = 256;

/**
 * Boots a disk made by `makeBootImage`, or a volume with its bytes, as a PC does, and resolves with what the guest says of it.
 * What the guest writes goes to a temporary file: the disk stays as it is. The processor is emulated, which takes some
 * seconds everywhere; hardware virtualisation is left aside, since a /dev/kvm that opens may still fail to run a guest.
 * The emulator is ended in any case, and dies with this process.
 * @throws GuestFailed when the guest falls silent, prints without end, or ends without saying so.
 */
export async function bootGuest({ program, disk, silenceMs = 60_000, signal }: BootOptions): Promise<GuestReport> {
  const setpriv = await findProgram('setpriv');
  const dyingWithUs = setpriv ? [setpriv, '--pdeathsig', 'KILL', '--'] : [];
  const [command, ...args] = [...dyingWithUs, program, ...emulatorArguments(disk)] as [string, ...string[]];
  const consoleText = await new Promise<string>((resolve, reject) => {
    let text = '';
    const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let failure: string | undefined;
    const giveUp = (reason: string) => {
      failure ??= reason;
      killGroup(child);
    };
    const onAbort = () => giveUp('was called off');
    const timer = setTimeout(() => giveUp(`was silent for ${silenceMs} ms`), silenceMs);
    const listen = (chunk: string) => {
      timer.refresh();
      text += chunk;
      if (text.length > consoleCharsMax) giveUp(`printed more than ${consoleCharsMax} characters`);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', listen);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    child.once('error', (cause) => {
      settle();
      reject(new Error(`${program} cannot be started: ${cause.message}`, { cause }));
    });
    child.once('close', () => {
      settle();
      if (failure === undefined) resolve(text);
      else reject(new GuestFailed(failure, text));
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
  return readReport(consoleText);
}

/** A PC with one disk and a serial line, and nothing else. */
function emulatorArguments({ file, format }: GuestDisk): string[] {
  // A comma ends a value of -drive; a doubled one stands for itself.
  const drive = `file=${file.replaceAll(',', ',,')},format=${format},if=virtio,snapshot=on`;
  const bare = ['-nodefaults', '-display', 'none', '-serial', 'stdio', '-no-reboot'];
  return ['-accel', 'tcg', '-m', String(memoryMib), ...bare, '-drive', drive];
}

/** A negative number names the group; it may be gone already. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const reportPattern = new RegExp(`^${readyMark} disk=(\\d+) sectors=(\\d+) payload=(intact|altered)$`);

function readReport(consoleText: string): GuestReport {
  const lines = consoleText.split(/\r*\n/);
  const failed = lines.find((line) => line.startsWith(failedMark));
  if (failed) throw new GuestFailed(`could not go on (${failed})`, consoleText);
  for (const line of lines) {
    const [, disk, , payload] = reportPattern.exec(line) ?? [];
    if (disk) return { line, diskBytes: Number(disk), isIntact: payload === 'intact' };
  }
  throw new GuestFailed('ended without saying how large its disk is', consoleText);
}
