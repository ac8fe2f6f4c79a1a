import { DriverError, type RunProgram } from '@hearth/driver-api';
import { ProgramError } from '../run-program';
import type { ConnectionRecords } from './connection-records';
import { type StoredObject, writableBits } from './object-files';

/** Throws `busy` when an attachment may write to the object. */
export async function requireNoWriter(name: string, connections: ConnectionRecords, doing: string): Promise<void> {
  const writer = (await connections.of(name)).find(({ readOnly }) => !readOnly);
  if (writer) throw busy(name, `attachment ${writer.attachmentId} may write to it`, doing);
}

/** Throws `busy` when the object is connected at all. */
export async function requireUnconnected(name: string, connections: ConnectionRecords, doing: string): Promise<void> {
  const [user] = await connections.of(name);
  if (user) throw busy(name, `attachment ${user.attachmentId} uses it`, doing);
}

/**
 * Throws `busy` when a QEMU on any host has the object's file open for itself, whether it asked us or not: opening it as QEMU does is what
 * tells. Where there is no QEMU, nothing is told. A write-protected file has no writer.
 */
export async function requireUnlocked({ name, format, path, mode }: StoredObject, run: RunProgram): Promise<void> {
  if (format === 'raw' && (mode & writableBits) === 0) return;
  const probe: [string, ...string[]] =
    format === 'raw'
      ? ['qemu-io', '-f', 'raw', '-c', 'quit', path]
      : ['qemu-io', '-r', '-f', 'qcow2', '-c', 'quit', path];
  try {
    await run(probe);
  } catch (error) {
    if (error instanceof ProgramError && error.ending === 'not-installed') return;
    if (error instanceof ProgramError && /Failed to get .*lock/.test(error.stderr)) {
      throw new DriverError('busy', `${name} is in use: a process has it open`, { object: name, cause: error });
    }
    throw error;
  }
}

function busy(name: string, why: string, doing: string): DriverError {
  return new DriverError('busy', `cannot ${doing} ${name} while it is connected: ${why}`, { object: name });
}
