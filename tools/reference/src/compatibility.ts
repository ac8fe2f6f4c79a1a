import { absentRoutes, pathsOf, type Parity, policies, type Policy, type Route, routes } from '@hearth/cinder-v3';

/** docs/compatibility.md: every route of Cinder v3, how it compares, and what Hearth has beside them. */
export function compatibilityReference(): string {
  const rows = routes.flatMap(rowsOf);
  const kept = rows.filter(({ parity }) => parity === 'kept');
  const different = rows.filter(({ parity }) => isDifferent(parity));
  return [
    '# Compatibility with Cinder',
    '',
    'Every route of Cinder v3 (microversions 3.0 to 3.70), as the route table has it: kept, different in what a sentence says, or absent',
    'for a reason. `{project_id}/` may be left out of every path (3.67). What a policy asks for is said by',
    "`libs/cinder-v3/src/policy/policies.ts`: anyone's token of the project, its `reader`, its `member`, an `admin`, or a `service`.",
    'This page is generated: `npm run generate`.',
    '',
    `${kept.length} kept, ${different.length} different, ${absentRoutes.length} absent.`,
    '',
    '## Kept',
    '',
    ...table(kept, () => ''),
    '## Different',
    '',
    ...table(different, ({ parity }) => (isDifferent(parity) ? parity.different : '')),
    '## Absent',
    '',
    'Answered by 404, as what no router knows.',
    '',
    '| route | why |',
    '|---|---|',
    ...absentRoutes.map(({ method, path, reason }) => `| ${code(`${method} ${path}`)} | ${cell(reason)} |`),
    '',
    "## Hearth's own",
    '',
    ...table(
      rows.filter(({ parity }) => parity === 'own'),
      ({ summary }) => summary,
    ),
  ].join('\n');
}

/** A route, or one of the actions of one. */
interface Row {
  readonly route: string;
  readonly summary: string;
  readonly policy: Route['policy'];
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly parity: Parity;
}

function rowsOf(route: Route): readonly Row[] {
  const { method, summary, policy, since, until, parity, actions } = route;
  const [path = route.path] = pathsOf(route);
  const own: Row = { route: `${method} ${path}`, summary, policy, since, until, parity };
  if (!actions) return [own];
  return actions.map((action) => ({
    route: `${own.route} ${action.action}`,
    summary: action.summary,
    policy: action.policy,
    since: action.since ?? since,
    until: action.until ?? until,
    parity: action.parity,
  }));
}

const isDifferent = (parity: Parity): parity is { readonly different: string } => typeof parity === 'object';

function table(rows: readonly Row[], remark: (row: Row) => string): readonly string[] {
  const hasRemarks = rows.some((row) => remark(row) !== '');
  const lines = rows.map((row) => {
    const cells = [code(row.route), versionsOf(row), policyOf(row), ...(hasRemarks ? [cell(remark(row))] : [])];
    return `| ${cells.join(' | ')} |`;
  });
  const head = ['route', 'versions', 'policy', ...(hasRemarks ? ['remark'] : [])];
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...lines, ''];
}

function versionsOf({ since, until }: Row): string {
  if (since === undefined && until === undefined) return 'all';
  return [since === undefined ? '' : `from 3.${since}`, until === undefined ? '' : `up to 3.${until}`]
    .filter(Boolean)
    .join(', ');
}

function policyOf({ policy }: Row): string {
  return policy === 'open' || policy === 'by action' ? policy : `${code(policy)} (${ruleOf(policy)})`;
}

const ruleOf = (policy: Policy): string => policies[policy];
const code = (text: string) => `\`${text}\``;
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
