// The dependency table of the house, read top to bottom. A project's layer is the `layer:` tag in its project.json;
// dependency-cruiser.cjs turns this table into rules. To allow something, change a line here and say why in the commit.

/** Which layers a layer may use. Test files may, beyond this, use `testing` and every `/testing` door. */
const mayUse = {
  kernel: [],
  contract: ['kernel'],
  domain: ['kernel', 'contract'],
  port: ['kernel', 'contract'],
  format: ['kernel'],
  adapter: ['kernel', 'contract', 'port'],
  platform: ['kernel', 'contract', 'port'],
  testing: ['kernel'],
  app: ['kernel', 'contract', 'domain', 'port', 'format', 'adapter', 'platform'],
  // The bench signs in at the real Keystone of the tests.
  tool: ['kernel', 'contract', 'domain', 'port', 'format', 'adapter', 'platform', 'testing', 'app', 'tool', 'test'],
  test: ['kernel', 'contract', 'domain', 'port', 'format', 'adapter', 'platform', 'testing', 'app', 'tool'],
};

/** Stands for every package that package.json declares, or every module of Node. */
const ANY = '*';

/** Which npm packages production code of a layer may import. `@scope/*` is every package of a scope. */
const npm = {
  kernel: [],
  contract: ['zod'],
  domain: [],
  port: ['@opentelemetry/api'],
  format: [],
  adapter: ['zod', '@opentelemetry/api'],
  platform: ['@nestjs/*', '@opentelemetry/*', 'nats', 'pino', 'reflect-metadata', 'rxjs', 'zod'],
  testing: ANY,
  app: ['@nestjs/*', '@opentelemetry/api', 'nats', 'reflect-metadata', 'rxjs', 'zod'],
  tool: ANY,
  test: ANY,
};

/** An adapter's own technology: what one project may import beyond its layer's packages. */
const npmOfProject = {
  'image-format': ['zstddec'],
  'event-store-nats': ['nats'],
  'read-model': ['pg', 'typeorm', 'reflect-metadata'],
  'openstack-clients': ['undici'],
};

/** Which modules of Node (`node:fs` is spelled `fs`) production code of a layer may import. */
const node = {
  kernel: [],
  contract: [],
  domain: [],
  port: [],
  format: ['buffer', 'zlib'],
  adapter: ANY,
  platform: ANY,
  testing: ANY,
  app: ANY,
  tool: ANY,
  test: ANY,
};

/** What each app talks to. The same words are the `reach:` tags of the app, and of the libs that bring the technology. */
const reaches = {
  api: ['nats', 'pg', 'glance'],
  scheduler: ['nats'],
  'volume-manager': ['nats', 'glance', 'backend'],
  'cache-janitor': ['nats', 'glance'],
  notifier: ['nats'],
};

/** The npm packages that are a technology; a lib that brings one carries its `reach:` tag. */
const technologies = {
  nats: ['nats'],
  pg: ['pg', 'typeorm'],
  glance: [],
  backend: [],
};

module.exports = { ANY, mayUse, node, npm, npmOfProject, reaches, technologies };
