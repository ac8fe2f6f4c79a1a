import type { CloneCapable, ConnectCapable, ManageCapable, SnapshotCapable, VolumeDriver } from '@hearth/driver-api';

/** A driver with every capability there is. */
export type AbleDriver = VolumeDriver & CloneCapable & SnapshotCapable & ManageCapable & ConnectCapable;
