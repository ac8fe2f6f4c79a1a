/** The extensions of Cinder v3 that clients look for, with what is served of them here. */
const extensions = [
  ['AvailabilityZones', 'os-availability-zone', 'Describe Availability Zones.'],
  ['Capabilities', 'capabilities', 'Capabilities support.'],
  ['ExtendedServices', 'os-extended-services', 'Extended services support.'],
  ['ExtendedSnapshotAttributes', 'os-extended-snapshot-attributes', 'Extended SnapshotAttributes support.'],
  ['Hosts', 'os-hosts', 'Admin-only host administration.'],
  ['QoSSpecs', 'qos-specs', 'QoS specs support.'],
  ['QuotaClasses', 'os-quota-class-sets', 'Quota classes management support.'],
  ['Quotas', 'os-quota-sets', 'Quota management support.'],
  ['SchedulerHints', 'OS-SCH-HNT', 'Pass arbitrary key/value pairs to the scheduler.'],
  ['SchedulerStats', 'scheduler-stats', 'Scheduler stats support.'],
  ['Services', 'os-services', 'Services support.'],
  ['SnapshotActions', 'os-snapshot-actions', 'Enable snapshot manager actions.'],
  ['SnapshotManage', 'os-snapshot-manage', 'Allows existing backend storage to be "managed" by Cinder.'],
  ['SnapshotUnmanage', 'os-snapshot-unmanage', 'Enable volume unmanage operation.'],
  ['TypesExtraSpecs', 'os-types-extra-specs', 'Type extra specs support.'],
  ['TypesManage', 'os-types-manage', 'Types manage support.'],
  ['UsedLimits', 'os-used-limits', 'Provide data on limited resources that are being used.'],
  ['VolumeActions', 'os-volume-actions', 'Enable volume actions.'],
  ['VolumeEncryptionMetadata', 'os-volume-encryption-metadata', 'Volume encryption metadata retrieval support.'],
  ['VolumeHostAttribute', 'os-vol-host-attr', 'Expose host as an attribute of a volume.'],
  ['VolumeImageMetadata', 'os-vol-image-meta', 'Show image metadata associated with the volume.'],
  ['VolumeManage', 'os-volume-manage', 'Allows existing backend storage to be "managed" by Cinder.'],
  ['VolumeMigStatusAttribute', 'os-vol-mig-status-attr', 'Expose migration_status as an attribute of a volume.'],
  ['VolumeTenantAttribute', 'os-vol-tenant-attr', 'Expose the internal project_id as an attribute of a volume.'],
  ['VolumeTransfer', 'os-volume-transfer', 'Volume transfer management support.'],
  ['VolumeTypeAccess', 'os-volume-type-access', 'Volume type access support.'],
  ['VolumeTypeEncryption', 'encryption', 'Encryption support for volume types.'],
  ['VolumeUnmanage', 'os-volume-unmanage', 'Enable volume unmanage operation.'],
] as const;

/** `GET /extensions`. */
export const extensionsView = {
  extensions: extensions.map(([name, alias, description]) => ({
    name,
    alias,
    description,
    updated: '2022-08-31T00:00:00+00:00',
    links: [],
  })),
};

/** One of them by its alias; undefined when there is none. */
export const extensionView = (alias: string) => extensionsView.extensions.find((one) => one.alias === alias);
