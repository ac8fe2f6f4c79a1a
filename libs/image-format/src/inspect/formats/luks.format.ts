import { read } from '../asking';
import { type Check, failedChecks } from '../failed-check';
import { holds } from './bytes';
import { type FormatRules, refuse } from './format-rules';

const headerBytes = 592;
/** `cryptsetup` puts the data at 2 MiB. What comes before is held back until it has all arrived, so it is bounded. */
const payloadOffsetMax = 16 * 1024 * 1024;

const checkVersion: Check<number> = [
  'version',
  (version) => (version === 1 ? undefined : `the file is LUKS version ${version}; only version 1 is accepted`),
];

const checkPayload: Check<number> = [
  'payload-offset',
  (offset) =>
    offset >= headerBytes && offset <= payloadOffsetMax
      ? undefined
      : `its data cannot begin at byte ${offset}; ${headerBytes} to ${payloadOffsetMax} are possible`,
];

/** A disk encrypted with LUKS 1, keys included. Its bytes are passed on as they are. */
export const luks: FormatRules = {
  matches: (prefix) => holds(prefix, 0, 'LUKS\xba\xbe'),

  *inspect() {
    const header = yield* read(0, headerBytes);
    // Version 2 lays its header out differently.
    const wrongVersion = failedChecks([checkVersion], header.readUInt16BE(6));
    if (wrongVersion.length > 0) return refuse(...wrongVersion);
    const payloadOffset = header.readUInt32BE(104) * 512;
    const failures = failedChecks([checkPayload], payloadOffset);
    if (failures.length > 0) return refuse(...failures);
    // The keys' material lies between the header and the data: without it the disk can never be opened.
    yield* read(payloadOffset, 0);
    return { failures, image: { format: 'luks', payloadOffset } };
  },
};
