import { type ConfigRow, describeConfig } from '@hearth/platform';
import { configSchema as api } from '../../../apps/api/src/config';
import { configSchema as cacheJanitor } from '../../../apps/cache-janitor/src/config';
import { configSchema as notifier } from '../../../apps/notifier/src/config';
import { configSchema as scheduler } from '../../../apps/scheduler/src/config';
import { configSchema as volumeManager } from '../../../apps/volume-manager/src/config';

const apps = { api, scheduler, 'volume-manager': volumeManager, 'cache-janitor': cacheJanitor, notifier };

/** Defaults that are not the same on every machine. */
const dependsOnMachine: Readonly<Record<string, string>> = {
  HEARTH_HOST: "the machine's host name",
  HEARTH_SCRATCH_DIRECTORY: "`hearth-scratch` in the machine's folder for temporary files",
};

/** docs/reference/config.md: what all apps have in common first, then each app's own. */
export function configReference(): string {
  const rows = Object.entries(apps).map(([app, schema]) => [app, describeConfig(schema)] as const);
  const [, first = []] = rows[0] ?? [];
  const shared = first.filter(({ variable }) => rows.every(([, all]) => all.some((row) => row.variable === variable)));
  const own = (all: readonly ConfigRow[]) =>
    all.filter((row) => !shared.some(({ variable }) => variable === row.variable));
  return [
    '# Configuration',
    '',
    'Every app reads its configuration from the environment as it starts, names all problems at once, and prints what it goes by,',
    'without secrets. A value `@/path` stands for the content of that file; a secret may also be given as a path, in `<VARIABLE>_FILE`.',
    'This page is generated from the schemas that the apps check with: `npm run generate`.',
    '',
    ...section('All apps', shared),
    ...rows.flatMap(([app, all]) => section(app, own(all))),
  ].join('\n');
}

function section(title: string, rows: readonly ConfigRow[]): string[] {
  const lines = rows.map((row) => {
    const byDefault = dependsOnMachine[row.variable] ?? (row.default === undefined ? '' : `\`${row.default}\``);
    const needed = row.required ? '**required**' : byDefault;
    return `| \`${row.variable}\` | ${cell(row.kind)} | ${cell(needed)} | ${cell(row.description)}${row.secret ? ' (secret)' : ''} |`;
  });
  return [`## ${title}`, '', '| variable | kind | default | what for |', '|---|---|---|---|', ...lines, ''];
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
