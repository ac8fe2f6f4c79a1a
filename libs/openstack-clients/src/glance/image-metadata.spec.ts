import { imageMetadata } from './image-metadata';

const image = {
  id: '7a5d3d1c-4d0c-4d2f-9a55-0f6a2d6c1a01',
  name: 'tiny',
  updatedAt: '2026-01-02T03:04:05Z',
  osHashAlgo: 'sha512',
  osHashValue: 'ab',
  checksum: '91022fb1',
  sizeBytes: 16777216,
  virtualSizeBytes: null,
  diskFormat: 'raw',
  containerFormat: 'bare',
  visibility: 'public',
  owner: 'me',
  minDiskGib: 0,
  minRamMib: 0,
  properties: { os_distro: 'debian', os_glance_importing: 'x', img_signature: 'y', image_id: 'a lie' },
};

test('custom and core properties are copied as texts, reserved ones are not, and the image cannot lie about its id', () =>
  expect(imageMetadata(image)).toEqual({
    os_distro: 'debian',
    image_id: image.id,
    image_name: 'tiny',
    checksum: '91022fb1',
    container_format: 'bare',
    disk_format: 'raw',
    min_disk: '0',
    min_ram: '0',
    size: '16777216',
  }));

test('what is not known is left out', () =>
  expect(Object.keys(imageMetadata({ ...image, name: null, checksum: null }))).not.toEqual(
    expect.arrayContaining(['image_name', 'checksum']),
  ));
