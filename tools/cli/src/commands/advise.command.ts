import { type EvictionPolicy, evictionPolicies } from '@hearth/contracts';
import type { Measure } from '@hearth/cache-advisor';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { adviceOf, shadowOf } from '../advise/advise-file';
import { readDecisions } from '../advise/read-decisions';
import { adviceText, shadowText, writePlot } from '../cache/advice.text';
import { CliError } from '../cli.error';
import { type CliWorld, contextOf } from '../context';
import { withExamples } from '../examples';
import { durationSeconds } from '../terminal/moments';
import { percentOf, sizeGib, wholeNumber } from '../terminal/numbers';

interface Options {
  readonly pool?: string;
  readonly project?: string;
  readonly by?: Measure;
  readonly target?: number;
  readonly size?: number;
  readonly policy?: EvictionPolicy;
  readonly svg?: string;
  readonly shadow?: boolean;
  readonly count?: number;
  readonly ttl?: number;
  readonly secondRequest?: number;
  readonly assumeSize?: number;
  readonly assumeRate?: number;
}

/** Works without an api: on what somebody recorded. */
export function addAdviseCommand(program: Command, world: CliWorld): void {
  withExamples(
    program
      .command('advise')
      .argument(
        '<file>',
        "events as JSON lines: Hearth's log or events, or notifications of Cinder; also packed, as .gz; - for what is piped in",
      )
      .description('how large a cache should be, from a file of events; asks no api')
      .option('--pool <pool>', 'of this pool; the only one in the file unless told')
      .option('--project <id>', 'only requests of this project')
      .addOption(new Option('--by <measure>', 'what a hit is worth').choices(['requests', 'bytes', 'seconds']))
      .option('--target <percent>', 'the share that is to be served: 95', percentOf)
      .option('--size <size>', 'the limit of today, or that of the shadow run; 0 is none', sizeGib)
      .addOption(new Option('--policy <policy>', 'of today, or of the shadow run').choices([...evictionPolicies]))
      .option('--svg <file>', 'write the curves as an SVG file, too')
      .option('--shadow', 'instead: what --size, --policy, --count, --ttl and --second-request would have made of it')
      .option('--count <count>', 'entries at the most', wholeNumber)
      .option('--ttl <time>', 'copies go that long unused: 30d', durationSeconds)
      .option(
        '--second-request <window>',
        'an image is cached from its second request in that time on: 1d',
        durationSeconds,
      )
      .option('--assume-size <size>', 'of a copy of which nothing tells the size', sizeGib)
      .option('--assume-rate <rate>', 'of a download that nobody timed, in MB a second', rateOf)
      .action((file: string, options: Options, command: Command) => run(file, options, command, world)),
    'hearth advise events.jsonl --target 95 --svg curve.svg',
    "hearth advise notifications.jsonl --pool 'cinder@ceph#ceph' --shadow --size 500 --policy sieve",
    'zcat events.jsonl.gz | hearth advise - --json',
  );
}

async function run(file: string, options: Options, command: Command, world: CliWorld): Promise<void> {
  checkOptions(options);
  const context = contextOf(command, world);
  const { assumeSize, assumeRate, pool, project: projectId } = options;
  const reading = {
    ...(assumeSize !== undefined && { assumedSizeGib: assumeSize }),
    ...(assumeRate !== undefined && { assumedBytesPerSecond: assumeRate }),
  };
  const read = await readDecisions(file, reading, context.progress('MiB'));
  const { decisions, evictions, assumptions, passedOver: passed_over, repeated, ignored } = read;
  const source = { assumptions, passed_over, repeated, ignored };
  const chosen = { pool, projectId };
  const notes = assumptions.length === 0 ? '' : `\n\n${assumptions.join('\n')}`;
  if (options.shadow) {
    const rerun = shadowOf(decisions, evictions, chosen, rulesOf(options));
    context.show({ ...rerun, ...source }, () => `${shadowText(rerun)}${notes}`);
    return;
  }
  const { by, target, size: currentLimitGib, policy: currentPolicy } = options;
  const advice = adviceOf(decisions, chosen, {
    ...(by !== undefined && { by }),
    ...(target !== undefined && { targetHitRatio: target / 100 }),
    ...(currentLimitGib !== undefined && { currentLimitGib }),
    ...(currentPolicy !== undefined && { currentPolicy }),
  });
  if (options.svg !== undefined) await writePlot(options.svg, advice);
  context.show({ ...advice, ...source }, (columns) => `${adviceText(advice, columns)}${notes}`);
}

function checkOptions({ shadow, size, count, ttl, secondRequest, by, target, svg }: Options): void {
  if (shadow && size === undefined) throw new CliError('--shadow needs the --size of the cache; 0 is no limit', 2);
  const ofShadow = { '--count': count, '--ttl': ttl, '--second-request': secondRequest };
  const ofAdvice = { '--by': by, '--target': target, '--svg': svg };
  for (const [name, value] of Object.entries(shadow ? ofAdvice : ofShadow)) {
    if (value === undefined) continue;
    throw new CliError(`${name} ${shadow ? 'does not go with --shadow' : 'belongs to --shadow'}`, 2);
  }
}

const rulesOf = ({ policy = 'lru', size = 0, count, ttl, secondRequest }: Options) => ({
  ...{ policy, limitGib: size },
  ...(count !== undefined && { maxCount: count }),
  ...(ttl !== undefined && { ttlSeconds: ttl }),
  ...(secondRequest !== undefined && { admission: { mode: 'second-request' as const, windowSeconds: secondRequest } }),
});

/** Bytes of `100` or `100MB`. */
function rateOf(text: string): number {
  const [, amount] = /^(\d{1,6}(?:\.\d{1,3})?)(?:MB)?$/i.exec(text) ?? [];
  if (!(Number(amount) > 0)) throw new InvalidArgumentError('MB a second are wanted, more than 0.');
  return Number(amount) * 1e6;
}
