import { differencesOf, isPacked } from './qemu-img-info';

const info = {
  format: 'vmdk',
  'virtual-size': 1_024,
  'format-specific': {
    type: 'vmdk',
    data: { 'create-type': 'streamOptimized', extents: [{ filename: '/proc/self/fd/3' }] },
  },
};
const inspected = { format: 'vmdk', virtualSizeBytes: 1_024 } as const;
const withData = (data: Record<string, unknown>) =>
  differencesOf(
    { ...info, 'format-specific': { type: 'vmdk', data: { ...info['format-specific'].data, ...data } } },
    inspected,
  );

test('what is alike has no differences', () => {
  expect(differencesOf(info, inspected)).toEqual([]);
  expect(withData({ 'create-type': 'MONOLITHICSPARSE' })).toEqual([]);
});

test('every difference is named', () => {
  expect(differencesOf({ ...info, format: 'raw' }, inspected)).toEqual(['format "raw", not vmdk']);
  expect(differencesOf({ ...info, 'virtual-size': 512 }, inspected)).toEqual(['virtual size 512, not 1024']);
  expect(differencesOf({ ...info, 'backing-filename': 'a' }, inspected)).toEqual(['backing file']);
  expect(differencesOf({ ...info, 'full-backing-filename': 'a' }, inspected)).toEqual(['backing file']);
  expect(differencesOf({ ...info, encrypted: true }, inspected)).toEqual(['encryption']);
  expect(withData({ encrypt: { format: 'luks' } })).toEqual(['encryption']);
  expect(withData({ 'data-file': '/x' })).toEqual(['data file']);
  expect(differencesOf({ ...info, format: 'vdi', encrypted: true }, { ...inspected, format: 'vhdx' })).toEqual([
    ...['format "vdi", not vhdx', 'encryption'],
  ]);
});

test('a vmdk must be of one file, its own', () => {
  expect(withData({ 'create-type': 'monolithicFlat' })).toEqual(['vmdk type "monolithicFlat"']);
  expect(withData({ 'create-type': undefined })).toEqual(['vmdk type ""']);
  expect(withData({ extents: [] })).toEqual(['0 extents, not 1']);
  expect(withData({ extents: [{ filename: '/etc/passwd' }] })).toEqual(['extent in another file']);
  expect(differencesOf({ format: 'vmdk', 'virtual-size': 1_024 }, inspected)).toHaveLength(2);
});

test('what the image says is cut short and harmless where it is repeated', () => {
  const [difference = ''] = withData({ 'create-type': `\u001b[31m${'x'.repeat(1_000)}` });
  expect(difference.length).toBeLessThan(100);
  expect(difference).not.toContain('\u001b');
});

test('an image is packed when one of its extents is compressed', () => {
  expect(isPacked(info)).toBe(false);
  expect(isPacked({ format: 'vdi', 'virtual-size': 1_024 })).toBe(false);
  const extents = [{ filename: '/proc/self/fd/3', compressed: true }];
  expect(isPacked({ ...info, 'format-specific': { type: 'vmdk', data: { extents } } })).toBe(true);
});
