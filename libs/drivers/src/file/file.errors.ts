import { DriverError, type DriverErrorCode } from '@hearth/driver-api';
import { ProgramError } from '../run-program';

interface Diagnosis {
  readonly code: DriverErrorCode;
  readonly advice: string;
}

const diagnoses: Readonly<Record<string, Diagnosis>> = {
  ENOSPC: { code: 'full', advice: 'the file system has no room; free some or grow it' },
  EDQUOT: { code: 'full', advice: 'the disk quota is used up; raise it or free some' },
  EFBIG: { code: 'full', advice: 'the file system cannot hold a file of this size' },
  EMLINK: { code: 'clone-limit', advice: 'the file system allows no further hard link to the source' },
  EROFS: {
    code: 'unavailable',
    advice: 'the file system is read-only; look into the kernel log, repair and remount it',
  },
  EACCES: {
    code: 'misconfigured',
    advice: 'let the user that Hearth runs as read and write the directory and its files',
  },
  EPERM: { code: 'misconfigured', advice: 'let the user that Hearth runs as own the directory and its files' },
  ENOTDIR: { code: 'misconfigured', advice: 'a part of the path is not a directory' },
  ESTALE: { code: 'unavailable', advice: 'the directory vanished from its server; mount it again' },
  ETIMEDOUT: { code: 'unavailable', advice: 'the file server does not answer' },
  EHOSTDOWN: { code: 'unavailable', advice: 'the file server does not answer' },
  EHOSTUNREACH: { code: 'unavailable', advice: 'the file server cannot be reached' },
  ENETUNREACH: { code: 'unavailable', advice: 'the file server cannot be reached' },
  ENETDOWN: { code: 'unavailable', advice: 'the network is down' },
  ECONNREFUSED: { code: 'unavailable', advice: 'the file server does not answer' },
  ECONNRESET: { code: 'unavailable', advice: 'the file server closed the connection' },
  ECONNABORTED: { code: 'unavailable', advice: 'the connection to the file server broke' },
  ENOTCONN: { code: 'unavailable', advice: 'the process that serves the file system is gone; mount it again' },
  ENODEV: { code: 'unavailable', advice: 'the device is gone' },
  ENXIO: { code: 'unavailable', advice: 'the device is gone' },
  ESHUTDOWN: { code: 'unavailable', advice: 'the file system was shut down after an error; look into the kernel log' },
  EBUSY: { code: 'busy', advice: 'the file is in use' },
  ETXTBSY: { code: 'busy', advice: 'the file is in use' },
  EAGAIN: { code: 'busy', advice: 'the system is short of something for the moment' },
  ENOMEM: { code: 'busy', advice: 'the system is out of memory' },
  EMFILE: { code: 'busy', advice: 'too many files are open; raise the limit of open files' },
  ENFILE: { code: 'busy', advice: 'too many files are open on this machine' },
  EIO: { code: 'failed', advice: 'the device reported an error; look into the kernel log' },
};

/** What outside tools say, in the C locale. */
const sayings: readonly (readonly [RegExp, string])[] = [
  [/No space left on device/, 'ENOSPC'],
  [/Disk quota exceeded/, 'EDQUOT'],
  [/File too large/, 'EFBIG'],
  [/Failed to get .*lock/, 'EBUSY'],
  [/Read-only file system/, 'EROFS'],
  [/Permission denied/, 'EACCES'],
  [/Input\/output error/, 'EIO'],
  [/Transport endpoint is not connected/, 'ENOTCONN'],
  [/Stale file handle/, 'ESTALE'],
  [/No route to host/, 'EHOSTUNREACH'],
  [/Network is unreachable/, 'ENETUNREACH'],
  [/Connection refused/, 'ECONNREFUSED'],
  [/Connection reset by peer/, 'ECONNRESET'],
  [/Connection timed out/, 'ETIMEDOUT'],
  [/Cannot allocate memory/, 'ENOMEM'],
  [/Resource temporarily unavailable/, 'EAGAIN'],
];

/** What an error of the system or of an outside tool means for the caller; a `DriverError` stays what it is. */
export function driverErrorFrom(
  error: unknown,
  { doing, object, missingBytes }: { doing: string; object?: string; missingBytes?: number },
): DriverError {
  if (error instanceof DriverError) return error;
  const { code, advice } = diagnoses[systemCode(error) ?? ''] ?? { code: 'failed', advice: undefined };
  const message = [`cannot ${doing}`, advice, (error as Error).message].filter(Boolean).join(': ');
  return new DriverError(code, message, {
    cause: error,
    object,
    missingBytes: code === 'full' ? missingBytes : undefined,
  });
}

export function isSystemError(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === code;
}

function systemCode(error: unknown): string | undefined {
  if (error instanceof ProgramError) return sayings.find(([saying]) => saying.test(error.stderr))?.[1];
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
