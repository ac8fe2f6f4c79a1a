import { describeImage, imageIdOf } from './image-record';
import { parseSidecar } from './sidecar';

const file = {
  fileName: 'debian-12.qcow2',
  sizeBytes: 1000,
  modifiedAtMs: Date.UTC(2026, 10, 21, 0, 15, 33, 999),
  diskFormat: 'qcow2',
  containerFormat: 'bare' as const,
  virtualSizeBytes: 2 ** 31,
};
const digests = { md5: 'm'.repeat(32), sha512: 's'.repeat(128) };

test('a file with digests is an active public image named after it', () => {
  expect(describeImage(file, {}, digests)).toMatchObject({
    id: imageIdOf('debian-12.qcow2'),
    name: 'debian-12',
    status: 'active',
    visibility: 'public',
    size: 1000,
    virtual_size: 2 ** 31,
    checksum: digests.md5,
    os_hash_algo: 'sha512',
    os_hash_value: digests.sha512,
    updated_at: '2026-11-21T00:15:33Z',
  });
});

test('a file without digests is being saved and has no size yet', () => {
  expect(describeImage(file, {}, undefined)).toMatchObject({
    status: 'saving',
    size: null,
    checksum: null,
    os_hash_algo: null,
  });
});

test('a description overrides what the file says, and adds properties', () => {
  const sidecar = parseSidecar(
    '{"name": "x", "status": "deactivated", "min_disk": 3, "properties": {"hw_disk_bus": "scsi"}}',
  );
  expect(describeImage(file, sidecar, digests)).toMatchObject({
    name: 'x',
    status: 'deactivated',
    min_disk: 3,
    hw_disk_bus: 'scsi',
  });
});

test('the id is a version 5 UUID that follows from the name', () => {
  expect(imageIdOf('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(imageIdOf('a')).toBe(imageIdOf('a'));
  expect(imageIdOf('a')).not.toBe(imageIdOf('b'));
});

test.each([
  ['{', /^it is not JSON/],
  ['{"min_disk": -1}', /min_disk/],
  ['{"checksum": "x"}', /checksum/],
  ['{"properties": {"size": "1"}}', /bears the name of a field/],
  ['{"properties": {"os_glance_x": "1"}}', /os_glance_/],
])('the description %s is refused with its fault', (text, message) =>
  expect(() => parseSidecar(text)).toThrow(message),
);
