import { installDebianPackages } from './debian-packages';

/**
 * Debian's Glance with what it needs to serve alone: no database server, no message broker, no Keystone. The answers keep
 * the maintainer scripts from creating databases and endpoints; without them they would ask, or make a database of their own.
 */
export function installGlance(): Promise<void> {
  return installDebianPackages({
    packages: ['glance-api', 'uwsgi-core', 'uwsgi-plugin-python3', 'qemu-utils'],
    answers: [
      'glance-common glance/configure_db boolean false',
      'glance-common glance/configure_rabbit boolean false',
      'glance-common glance/configure_ksat boolean false',
      'glance-api glance/configure_api-endpoint boolean false',
      'glance-api glance/register-endpoint boolean false',
    ],
  });
}
