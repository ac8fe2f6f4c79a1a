import { checkConfig, misplacedVariablesOf } from './check-config';
import { backendsSchema, resolveBackends } from './resolve-backends';

const stanza = (options: Record<string, unknown> = {}) => ({ name: 'fast', driver: 'file', ...options });
const problemsOf = (input: unknown) =>
  resolveBackends(input).problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
const withDefaults = (defaults: Record<string, unknown>, ...stanzas: readonly unknown[]) => ({
  backend_defaults: defaults,
  backends: stanzas.length > 0 ? stanzas : [stanza()],
});

test('J.1: a stanza stands before backend_defaults, and that before the default', () => {
  const { backends, problems } = resolveBackends(
    withDefaults(
      { image_volume_cache_enabled: true, image_volume_cache_max_count: 5 },
      stanza({ image_volume_cache_max_count: 7 }),
      stanza({ name: 'slow', image_volume_cache_enabled: false }),
    ),
  );
  expect(problems).toEqual([]);
  const [fast, slow] = backends.map(({ config, origins }) => ({
    enabled: [config.image_volume_cache_enabled, origins.image_volume_cache_enabled],
    count: [config.image_volume_cache_max_count, origins.image_volume_cache_max_count],
    policy: [config.image_volume_cache_policy, origins.image_volume_cache_policy],
  }));
  expect(fast).toEqual({ enabled: [true, 'backend_defaults'], count: [7, 'stanza'], policy: ['lru', 'default'] });
  expect(slow).toMatchObject({ enabled: [false, 'stanza'], count: [5, 'backend_defaults'] });
});

test('a list alone has no defaults beside it', () =>
  expect(backendsSchema.parse([stanza({ image_volume_cache_max_size_gb: 3 })])).toMatchObject([
    { name: 'fast', image_volume_cache_max_size_gb: 3 },
  ]));

describe('I.32: a value in the wrong place is told, with the place where it belongs', () => {
  const message = 'is in the wrong place, and no backend reads it: write it into backend_defaults or a backend';

  test('beside the list, and in a section that backends do not read', () => {
    const input = {
      ...{ backends: [stanza()], image_volume_cache_enabled: true },
      DEFAULT: { image_volume_cache_max_size_gb: 5 },
    };
    expect(problemsOf(input)).toEqual([
      `image_volume_cache_enabled: ${message}`,
      `DEFAULT.image_volume_cache_max_size_gb: ${message}`,
    ]);
  });

  test('among the options of the driver', () =>
    expect(problemsOf([stanza({ options: { image_volume_cache_enabled: true } })])).toEqual([
      '0.options.image_volume_cache_enabled: stands among the options of the driver, which does not know it: write it beside them',
    ]));

  test('in the environment', () =>
    expect(misplacedVariablesOf(['PATH', 'HEARTH_BACKENDS', 'HEARTH_IMAGE_VOLUME_CACHE_ENABLED'])).toEqual([
      'HEARTH_IMAGE_VOLUME_CACHE_ENABLED',
    ]));
});

test('what cannot be used is named, all of it at once, in the place where it stands', () => {
  const input = withDefaults(
    { image_volume_cache_max_size_gb: -1, image_volume_cache_size: 1, name: 'x', image_volume_cache_policy: 'fifo' },
    stanza({ image_volume_cache_ttl_seconds: 1.5, wrong: 1 }),
    'nonsense',
    stanza(),
    stanza(),
  );
  const paths = problemsOf(input).map((line) => line.slice(0, line.indexOf(':')));
  expect(paths.sort()).toEqual([
    'backend_defaults.image_volume_cache_max_size_gb',
    'backend_defaults.image_volume_cache_policy',
    'backend_defaults.image_volume_cache_size',
    'backend_defaults.name',
    'backends.0.image_volume_cache_ttl_seconds',
    'backends.0.wrong',
    'backends.1',
    'backends.3',
  ]);
  expect(problemsOf(input)).toContainEqual(expect.stringMatching(/policy.*lru.*sieve.*cost-aware/));
});

test.each([
  [
    'watermarks the wrong way round',
    { image_volume_cache_watermark_start_percent: 80, image_volume_cache_watermark_stop_percent: 90 },
    /stop_percent: is 90, above image_volume_cache_watermark_start_percent, which is 80/,
  ],
  ['a watermark above the limit', { image_volume_cache_watermark_start_percent: 101 }, /start_percent/],
  ['a stop below nothing', { image_volume_cache_watermark_stop_percent: 0 }, /stop_percent/],
  [
    'a second request that never counts',
    { image_volume_cache_admission: 'second-request', image_volume_cache_admission_window_seconds: 0 },
    /nothing would ever be cached/,
  ],
  ['an unknown admission', { image_volume_cache_admission: 'sometimes' }, /admission/],
  ['a share above all', { image_volume_cache_project_share_percent: 120 }, /project_share/],
  ['no generation at all', { image_volume_cache_keep_generations: 0 }, /keep_generations/],
  ['a negative age', { remove_unused_original_minimum_age_seconds: -1 }, /original_minimum_age/],
  ['an unknown rule of access', { image_volume_cache_image_access: 'mine' }, /image_access/],
])('%s is refused in a stanza and in backend_defaults', (_, options, message) => {
  expect(problemsOf([stanza(options)]).join('\n')).toMatch(message);
  expect(problemsOf(withDefaults(options)).join('\n')).toMatch(message);
});

test.each([[null], ['x'], [{}], [{ backends: {} }], [{ backends: [], backend_defaults: [] }], [[]]])(
  '%j is no list of backends',
  (input) => expect(() => backendsSchema.parse(input)).toThrow(),
);

describe('a look at the configuration', () => {
  const tenant = { cinder_internal_tenant_project_id: 'p', cinder_internal_tenant_user_id: 'u' };

  test('shows every effective value and where it comes from', () => {
    const { lines, isGood } = checkConfig(
      withDefaults({ image_volume_cache_enabled: true, ...tenant }, stanza({ image_volume_cache_policy: 'sieve' })),
    );
    expect(isGood).toBe(true);
    expect(lines[0]).toBe('[fast] driver file, image-volume cache enabled');
    expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual(
      expect.arrayContaining([
        ['image_volume_cache_enabled', 'true', 'backend_defaults'],
        ['image_volume_cache_policy', '"sieve"', 'stanza'],
        ['image_volume_cache_ttl_seconds', '0', 'default'],
      ]),
    );
    expect(lines.at(-1)).toBe('Nothing is wrong.');
  });

  test('tells what is misconfigured, and what has no effect', () => {
    const enabled = { image_volume_cache_enabled: true, image_volume_cache_watermark_stop_percent: 50 };
    const { lines, isGood } = checkConfig([stanza(enabled), stanza({ name: 'off', image_volume_cache_max_count: 3 })]);
    expect(isGood).toBe(false);
    const told = lines.filter((line) => /^(error|warning)/.test(line));
    expect(told).toEqual([
      expect.stringMatching(
        /^error: fast: .*misconfigured: cinder_internal_tenant_project_id and .*_user_id must be set/,
      ),
      'warning: fast: watermarks are parts of a limit, and the image-volume cache has none',
      'warning: off: limits of the image-volume cache have no effect: image_volume_cache_enabled is false',
    ]);
  });
});
