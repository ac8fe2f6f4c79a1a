import type { Command } from 'commander';
import type { CliWorld } from '../context';
import { withExamples } from '../examples';
import { addEntryCommands } from './cache/entries.commands';
import { addPinCommands } from './cache/pins.commands';
import { addPolicyCommands } from './cache/policies.commands';
import { addPoolCommands } from './cache/pools.commands';
import { addPrefetchCommands } from './cache/prefetch.commands';
import { addRemovalCommands } from './cache/removal.commands';
import { addStatisticsCommands } from './cache/statistics.commands';
import { addTimeCommands } from './cache/times.commands';
import { addExplainCommand } from './explain.command';

/** The image-volume caches: seen, steered and sized. */
export function addCacheCommands(program: Command, world: CliWorld): void {
  const cache = withExamples(
    program.command('cache').description('the image-volume caches (for administrators)'),
    'hearth cache pools',
    'hearth cache explain disk1',
    'hearth cache advise --target 95',
  );
  addEntryCommands(cache, world);
  addPoolCommands(cache, world);
  addRemovalCommands(cache, world);
  addPinCommands(cache, world);
  addPrefetchCommands(cache, world);
  addPolicyCommands(cache, world);
  addTimeCommands(cache, world);
  addStatisticsCommands(cache, world);
  addExplainCommand(cache, world);
}
