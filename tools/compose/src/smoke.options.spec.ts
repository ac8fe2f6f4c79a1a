import { readOptions } from './smoke.options';

const read = (...args: string[]) => readOptions(['node', 'smoke', ...args]);

test('without options everything is run, with look-alikes and a volume of one GiB', () => {
  expect(read()).toEqual({
    until: 'volumes',
    official: false,
    engineDirectory: undefined,
    image: undefined,
    sizeGib: 1,
  });
});

test('paths are taken from where the command is given', () => {
  expect(read('--image', 'disk.qcow2').image).toBe(`${process.cwd()}/disk.qcow2`);
});
