import { textOfFound } from './found-text';
import { play } from './history/play';
import { parseOptions } from './options';
import { type Found, type Report, simulate } from './simulate';
import { readHistory, storeHistory } from './stored-history';

const progressMs = 10_000;

async function replay(path: string): Promise<number> {
  const { history, schedule } = await readHistory(path);
  const { broken, words } = await play(history, { schedule, keepWords: true });
  process.stdout.write(`${words.join('\n')}\n${broken ? `${broken.promise}: ${broken.found}` : 'all promises hold'}\n`);
  return broken ? 1 : 0;
}

function textOf({ histories, turns, facts, found }: Report, seconds: number): string {
  const pace = `${(histories / seconds).toFixed(0)}/s`;
  return `${histories} histories, ${pace}, ${turns} turns, ${facts} facts, ${found.length} broke a promise\n`;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.replay !== undefined) return replay(options.replay);
  const { seed, histories } = options;
  process.stdout.write(`seeds ${seed} to ${seed + histories - 1}\n`);
  const begin = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - begin) / 1e9;
  let shownAt = 0;
  const onProgress = (report: Report) => {
    if (seconds() * 1_000 - shownAt < progressMs) return;
    shownAt = seconds() * 1_000;
    process.stdout.write(textOf(report, seconds()));
  };
  const onFound = async (found: Found) => {
    const path = await storeHistory(options.directory, found);
    process.stdout.write(`${textOfFound(found)}\nstored: npm run simulate -- --replay ${path}\n`);
  };
  const report = await simulate({ ...options, onProgress, onFound });
  process.stdout.write(textOf(report, seconds()));
  const kinds = [...report.kinds].sort(([one], [other]) => (one < other ? -1 : 1));
  process.stdout.write(`${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}\n`);
  return report.found.length > 0 ? 1 : 0;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`simulate: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
