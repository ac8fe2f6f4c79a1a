import type { Command } from 'commander';
import type { Pin } from '../../cache/answers';
import { checkedId } from '../../cache/find-entries';
import { pinColumns } from '../../cache/pins.text';
import { type CliWorld, contextOf } from '../../context';
import { withExamples } from '../../examples';
import { table } from '../../table';
import { severalTexts } from '../../terminal/numbers';

export function addPinCommands(cache: Command, world: CliWorld): void {
  withExamples(
    cache
      .command('pin')
      .argument('<image>', 'id of an image')
      .description('pin an image: no rule takes its entry, now or when it comes')
      .option('--pool <pool>', 'only in these: host@backend#pool, host@backend, or with *; several times', severalTexts)
      .option('--note <text>', 'why')
      .action(async (image: string, options: { pool?: readonly string[]; note?: string }, command: Command) => {
        const { client, show } = contextOf(command, world);
        const { pool: pools, note } = options;
        const pin = {
          image_id: checkedId(image, 'an image'),
          ...(pools && { pools }),
          ...(note !== undefined && { note }),
        };
        const { pins } = await client.ask<{ pins: Pin[] }>('/v3/cache/pins', { method: 'POST', body: { pin } });
        show(pins, (columns) => table(pinColumns, pins, 'It is pinned nowhere.', columns));
      }),
    'hearth cache pin 6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11 --note "golden image of the shop"',
  );
  withExamples(
    cache
      .command('unpin')
      .argument('<image>', 'id of an image')
      .description('unpin an image in one pool or all')
      .option('--pool <pool>', 'only in this host@backend#pool')
      .action(async (image: string, { pool }: { pool?: string }, command: Command) => {
        const { client, show } = contextOf(command, world);
        const id = checkedId(image, 'an image');
        await client.ask(`/v3/cache/pins/${id}`, { method: 'DELETE', query: { pool } });
        const where = pool === undefined ? '' : ` in ${pool}`;
        show({ image_id: id, pool: pool ?? null, unpinned: true }, () => `Image ${id} is not pinned any more${where}.`);
      }),
    'hearth cache unpin 6c8e4d3a-7f0b-4a52-9a55-1f6a2d2f0c11',
  );
  withExamples(
    cache
      .command('pins')
      .description('the images that are pinned')
      .option('--pool <pool>', 'only in this host@backend#pool')
      .option('--image <id>', 'only this image')
      .action(async ({ pool, image }: { pool?: string; image?: string }, command: Command) => {
        const { client, show } = contextOf(command, world);
        const { pins } = await client.ask<{ pins: Pin[] }>('/v3/cache/pins', { query: { pool, image_id: image } });
        show(pins, (columns) => table(pinColumns, pins, 'Nothing is pinned.', columns));
      }),
    'hearth cache pins --json',
  );
}
