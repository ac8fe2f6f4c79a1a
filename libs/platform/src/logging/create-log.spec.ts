import { createLog, type LogOptions } from './create-log';
import { NestLog } from './nest-log';

function logged(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({ name: 'test', format: 'json', write: (line) => void lines.push(line), ...options });
  return { log, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the log', () => {
  test('a line carries time, level, app, message and what is bound to it', () => {
    const { log, records } = logged();
    log.child({ requestId: 'req-1' }).info('volume made', { volumeId: 'v1', sizeGib: 2 });
    expect(records()).toEqual([
      expect.objectContaining({
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        level: 'info',
        app: 'test',
        message: 'volume made',
        requestId: 'req-1',
        volumeId: 'v1',
        sizeGib: 2,
      }),
    ]);
  });

  test('lines below the level are not written', () => {
    const { log, records } = logged({ level: 'warn' });
    log.info('quiet');
    log.warn('loud');
    expect(records().map(({ message }) => message)).toEqual(['loud']);
  });

  test.each([
    ['a header', { headers: { 'X-Auth-Token': 'gAAAA1', accept: 'json' } }],
    ['raw headers', { rawHeaders: ['X-Auth-Token', 'gAAAA1', 'Accept', 'json'] }],
    ['a field', { natsPassword: 'gAAAA1', nested: { adminCreds: { seed: 'gAAAA1' } } }],
    ['a URL', { url: 'https://user:gAAAA1@host/path' }],
    ['a text', { text: 'sent Authorization: Bearer gAAAA1gAAAA1' }],
    ['an error', { error: Object.assign(new Error('cannot reach amqp://me:gAAAA1@mq'), { token: 'gAAAA1' }) }],
    ['a cause', { error: new Error('outer', { cause: { authorization: 'gAAAA1' } }) }],
  ])('a secret in %s is hidden', (_, fields) => {
    const { log, lines } = logged();
    log.error('failed', fields);
    log.child(fields).error('failed');
    expect(lines).toHaveLength(2);
    expect(lines.join()).toContain('***');
    expect(lines.join()).not.toContain('gAAAA1');
  });

  test('what only looks like a secret is shown', () => {
    const { log, records } = logged();
    log.info('pass', { pass: 'evict-over-limit', tokensLeft: 5, author: 'me', mail: 'a@b' });
    expect(records()[0]).toMatchObject({ pass: 'evict-over-limit', tokensLeft: 5, author: 'me', mail: 'a@b' });
  });

  test('an error is logged with its stack and its causes', () => {
    const { log, records } = logged();
    log.error('failed', { error: new TypeError('outer', { cause: new Error('inner') }) });
    expect(records()[0]).toMatchObject({
      error: { type: 'TypeError', message: 'outer', stack: expect.any(String), cause: { message: 'inner' } },
    });
  });

  test('a cycle and big data do no harm', () => {
    const { log, records } = logged();
    const loop: Record<string, unknown> = { bytes: new Uint8Array(5), count: 1n };
    loop['self'] = loop;
    log.info('odd', { loop });
    expect(records()[0]).toMatchObject({ loop: { bytes: '<5 bytes>', count: '1' } });
  });

  test('people get one readable line, the stack below it', () => {
    const { log, lines } = logged({ format: 'text' });
    log.warn('disk is nearly full', { pool: 'h@b#p', freeGib: 3, error: new Error('why') });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}\[test\] disk is nearly full pool=h@b#p freeGib=3\n {4}Error: why\n/,
    );
  });

  test('Nest writes to the same log, its own chatter for debugging only', () => {
    const { log, records } = logged({ level: 'debug' });
    const nest = new NestLog(log);
    nest.log('Starting Nest application...', 'NestFactory');
    nest.error('boom', 'Error: boom\n  at x', 'Things');
    expect(records()).toMatchObject([
      { level: 'debug', message: 'Starting Nest application...', context: 'NestFactory' },
      { level: 'error', message: 'boom', context: 'Things', error: { stack: expect.stringContaining('at x') } },
    ]);
  });
});
