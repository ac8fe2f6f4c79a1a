import { copyCommand } from './clone-methods';

test('a raw source is copied with its holes, and never shared', () => {
  expect(copyCommand({ format: 'raw', path: '/pool/volume-a' }, '/pool/volume-b.partial')).toEqual([
    'cp',
    '--reflink=never',
    '--sparse=always',
    '--',
    '/pool/volume-a',
    '/pool/volume-b.partial',
  ]);
});

test('an overlay is flattened with both formats given, so that no content can choose one', () => {
  expect(copyCommand({ format: 'overlay', path: '/pool/volume-a.qcow2' }, '/pool/volume-b.partial')).toEqual([
    'qemu-img',
    'convert',
    '-f',
    'qcow2',
    '-O',
    'raw',
    '-S',
    '64k',
    '/pool/volume-a.qcow2',
    '/pool/volume-b.partial',
  ]);
});
