import { overridableChecks } from '@hearth/image-format';
import { identityProblems } from '@hearth/openstack-clients';
import { commonConfig, field, keyStoreConfig, keystoneConfig, loadConfig } from '@hearth/platform';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { checkConfig, misplacedVariablesOf, type CheckedConfig } from './backends/check-config';
import { backendsSchema } from './backends/resolve-backends';
import { confinementLevels } from './fill/convert/confinement';

export const configSchema = z
  .object({
    ...commonConfig,
    host: field
      .text('name of this host in host@backend#pool; one volume-manager a host')
      .refine((name) => /^[A-Za-z0-9_.-]+$/.test(name), {
        error: 'holds something else than letters, digits, dot, dash and underscore',
      })
      .default(hostname()),
    backends: field.json(
      backendsSchema,
      'the backends of this host as a JSON list, or { backend_defaults, backends }, or @/path of a file that holds it',
    ),
    ...keystoneConfig,
    ...keyStoreConfig,
    glanceUrl: field
      .list(
        'image service endpoints, one URL or several; unless given, those of the catalogue where Keystone is configured, ' +
          'else http://127.0.0.1:9292',
      )
      .optional(),
    glanceRetriesMax: field
      .integer('how often a request to the image service is repeated (glance_num_retries)')
      .default(3),
    glanceStallTimeoutMs: field
      .integer('a download that makes no progress for this long is given up, in milliseconds', { min: 100 })
      .default(30_000),
    verifyGlanceSignatures: field
      .oneOf(['enabled', 'disabled'], 'whether signatures of images are verified (verify_glance_signatures)')
      .default('enabled'),
    signatureCertificatesDirectory: field
      .text('folder of the certificates that images are signed with, <uuid>.pem; before Barbican, if both are given')
      .optional(),
    allowedDirectUrlSchemes: field
      .list(
        'schemes of places of images that volumes are made from directly: cinder, a volume of the same pool; file, a file of the ' +
          "image service's beside the volumes (allowed_direct_url_schemes)",
      )
      .refine((schemes) => schemes.every((scheme) => scheme === 'cinder' || scheme === 'file'), {
        error: 'names something else than cinder and file',
      })
      .default([]),
    imageChecksIgnored: field
      .list(`checks of images that may fail, each with its risk: ${overridableChecks.join(', ')}`)
      .refine((names) => names.every(isOverridable), {
        error: `names something else than ${overridableChecks.join(', ')}`,
      })
      .default([]),
    imageConversionUser: field
      .text('user of no rights whom qemu-img runs as, where the volume-manager runs as root')
      .default('nobody'),
    imageConversionConfinement: field
      .oneOf(
        confinementLevels,
        'least by which qemu-img must be cut off from the host, or images that need it are refused (docs/how-to/image-checks.md)',
      )
      .default('namespaces'),
    imageConversionCpuLimit: field
      .integer('processor seconds for a look at an image, and for each GiB of data that a conversion writes', {
        min: 1,
      })
      .default(60),
    imageConversionAddressSpaceLimit: field
      .integer('memory that qemu-img may map, in GiB (image_conversion_address_space_limit)', { min: 1 })
      .default(1),
    imageConversionStallTimeoutMs: field
      .integer('a conversion that makes no progress for this long is given up, in milliseconds', { min: 100 })
      .default(60_000),
    peerListen: field
      .text(
        'address:port at which other hosts may fetch copies of images; nobody may, and nobody is asked, unless it is given',
      )
      .optional(),
    peerUrl: field
      .text('where other hosts reach that, https://host[:port], where it is not the address that is listened on')
      .optional(),
    peerCertificate: field
      .text('file of the certificate that names this host to others, PEM; looked at again as it changes')
      .optional(),
    peerKey: field.text('file of its private key, PEM').optional(),
    peerCa: field.text("file of the authorities that other hosts' certificates are believed from, PEM").optional(),
    peerServesAtOnce: field
      .integer('copies sent to other hosts at once; who comes then is told to ask elsewhere', { min: 1 })
      .default(2),
    peerAnswerTimeoutMs: field
      .integer('a host that has not said within this time whether it has a copy is not waited for, in milliseconds', {
        min: 10,
      })
      .default(2_000),
    scratchDirectory: field
      .text('folder for images whose layout does not allow writing them while they arrive')
      .default(join(tmpdir(), 'hearth-scratch')),
    workersMax: field.integer('nudges worked on at once', { min: 1 }).default(256),
    fillsAtOnceMax: field
      .integer('images written at once on one backend; clones are not held up by them', { min: 1 })
      .default(4),
    clonesAtOnceMax: field.integer('clones made at once on one backend', { min: 1 }).default(16),
    reportIntervalMs: field
      .integer('time between two reports of capacity, in milliseconds', { min: 100 })
      .default(5_000),
    backendTimeoutMs: field
      .integer('a backend that does not open or tell its capacity for this long counts as down, in milliseconds', {
        min: 100,
      })
      .default(10_000),
    choresIntervalMs: field
      .integer('time between two looks at what the pools owe, in milliseconds', { min: 100 })
      .default(30_000),
    scrubBytesPerSecond: field
      .integer('bytes a second at which cached images are read again and compared with their digests; 0: they are not')
      .default(50 * 2 ** 20),
    scrubIntervalHours: field
      .integer('each cached image is read again once in so many hours; 0: one after the other, without a rest', {
        max: 100_000,
      })
      .default(168),
  })
  .superRefine((config, context) => {
    for (const { field: name, problem } of identityProblems(config))
      context.addIssue({ code: 'custom', path: [name], message: problem });
  });

function isOverridable(name: string): boolean {
  return overridableChecks.some((check) => check === name);
}

export type Config = z.output<typeof configSchema>;

export const readConfig = (): Config => loadConfig(configSchema, process.env);

const backendsConfig = z.object({ backends: field.json(z.unknown(), 'the backends of this host') });

/** What `--check-config` prints. What is no JSON, or no file, is printed and the process ends with 78 (EX_CONFIG). */
export function checkBackends(): CheckedConfig {
  const { backends } = loadConfig(backendsConfig, process.env);
  return checkConfig(backends, misplacedVariablesOf(Object.keys(process.env)));
}
