import type { Permissions } from './permissions';

/** A user as nats-server knows it. */
export interface ServerUser {
  readonly name: string;
  readonly publicKey: string;
  readonly permissions: Permissions;
}

/** The `authorization` block of nats-server's configuration, to be included at its top level. It holds no secret. */
export function serverConfig(users: readonly ServerUser[]): string {
  return [
    '# Made by tools/nats-accounts; what is changed here is lost when it runs again.',
    'authorization {',
    '  users = [',
    ...users.flatMap(userLines),
    '  ]',
    '}',
    '',
  ].join('\n');
}

function userLines({ name, publicKey, permissions }: ServerUser): string[] {
  const { publish, subscribe, answers } = permissions;
  return [
    `    # ${name}`,
    `    { nkey: ${JSON.stringify(publicKey)}`,
    '      permissions: {',
    '        publish: {',
    ...(publish.allow.length > 0 ? listLines('allow', publish.allow) : listLines('deny', ['>'])),
    ...(publish.deny.length > 0 ? listLines('deny', publish.deny) : []),
    '        }',
    '        subscribe: {',
    ...listLines('allow', subscribe.allow),
    '        }',
    // An answer is given once, within the time for which a request may wait.
    ...(answers ? ['        allow_responses: { max: 1, expires: "5m" }'] : []),
    '      }',
    '    }',
  ];
}

/** A subject is quoted: `$` and `>` mean something else in the configuration's own language. */
const listLines = (name: string, subjects: readonly string[]): string[] => [
  `          ${name}: [`,
  ...[...new Set(subjects)].map((subject) => `            ${JSON.stringify(subject)}`),
  '          ]',
];
