import { DriverError } from '@hearth/driver-api';
import { ProgramError } from '../run-program';
import { driverErrorFrom } from './file.errors';

const about = { doing: 'write volume-x', object: 'volume-x', missingBytes: 7 };
const systemError = (code: string) => Object.assign(new Error(`${code}: it went wrong`), { code });

test.each([
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EFBIG', 'full'],
  ['EMLINK', 'clone-limit'],
  ['EROFS', 'unavailable'],
  ['ESTALE', 'unavailable'],
  ['ENOTCONN', 'unavailable'],
  ['EHOSTUNREACH', 'unavailable'],
  ['ENETUNREACH', 'unavailable'],
  ['ENETDOWN', 'unavailable'],
  ['ECONNREFUSED', 'unavailable'],
  ['ECONNRESET', 'unavailable'],
  ['ECONNABORTED', 'unavailable'],
  ['ENOMEM', 'busy'],
  ['EAGAIN', 'busy'],
  ['EACCES', 'misconfigured'],
  ['EBUSY', 'busy'],
  ['EIO', 'failed'],
  ['EWHATEVER', 'failed'],
])('%s means %s', (system, code) => {
  const error = driverErrorFrom(systemError(system), about);
  expect(error).toMatchObject({ code, object: 'volume-x', cause: expect.anything() });
  expect(error.message).toContain('write volume-x');
});

test('how much is missing is said only when the disk is full', () => {
  expect(driverErrorFrom(systemError('ENOSPC'), about).missingBytes).toBe(7);
  expect(driverErrorFrom(systemError('EIO'), about).missingBytes).toBeUndefined();
});

test.each([
  ['cp: error writing: No space left on device', 'full'],
  ['qemu-img: Failed to get "write" lock', 'busy'],
  ['qemu-img: Could not open: Transport endpoint is not connected', 'unavailable'],
  ['qemu-img: Could not open: Stale file handle', 'unavailable'],
  ['cp: cannot open: Cannot allocate memory', 'busy'],
  ['qemu-img: error while reading: Input/output error', 'failed'],
  ['qemu-img: something new', 'failed'],
])('a tool that says %j means %s', (stderr, code) => {
  expect(driverErrorFrom(new ProgramError('exit code 1', ['cp'], 1, stderr), about).code).toBe(code);
});

test('a driver error stays what it is', () => {
  const error = new DriverError('busy', 'later');
  expect(driverErrorFrom(error, about)).toBe(error);
});
