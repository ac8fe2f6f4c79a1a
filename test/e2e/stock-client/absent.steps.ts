import { admin, member, type Subject } from './step';

const nobody = '00000000-0000-0000-0000-00000000dead';
/** What the server says of something that it does not have, or the client of a name that is not in its list. */
const refused = /\(HTTP 4\d\d\)|\(HTTP 503\)|No .* (exists|found)|not found|failed to delete/i;

/** What Hearth does not do: it answers like a Cinder without that service, so that clients say what is the matter. */
export const absentSubjects: readonly Subject[] = [
  {
    title: 'backups, which nobody makes here',
    microversion: '3.70',
    steps: [
      member('volume backup list', { says: [] }),
      member(`volume backup show ${nobody}`, { fails: refused }),
      member('volume backup create --name b data', { fails: refused }),
      member(`volume backup delete ${nobody}`, { fails: refused }),
      member(`volume backup set --name b ${nobody}`, { fails: refused }),
      member(`volume backup unset --property p ${nobody}`, { fails: refused }),
      member(`volume backup restore ${nobody} data`, { fails: refused }),
      admin(`volume backup record export ${nobody}`, { fails: refused }),
      admin('volume backup record import cinder.backup.drivers.x e30=', { fails: refused }),
    ],
  },
  {
    title: 'groups, which nobody makes here',
    microversion: '3.70',
    steps: [
      member('volume group list', { says: [] }),
      member(`volume group show ${nobody}`, { fails: refused }),
      member(`volume group create --name g ${nobody} ${nobody}`, { fails: refused }),
      member(`volume group delete ${nobody}`, { fails: refused }),
      member(`volume group set --name g ${nobody}`, { fails: refused }),
      admin(`volume group failover ${nobody}`, { fails: refused }),
      member('volume group snapshot list', { says: [] }),
      member(`volume group snapshot show ${nobody}`, { fails: refused }),
      member(`volume group snapshot create ${nobody}`, { fails: refused }),
      member(`volume group snapshot delete ${nobody}`, { fails: refused }),
      admin('volume group type list', { says: [] }),
      // Fails in the client, whatever the server answers.
      admin(`volume group type show ${nobody}`, { fails: /'Namespace' object has no attribute 'group'/ }),
      admin('volume group type create g', { fails: refused }),
      admin(`volume group type set --name g ${nobody}`, { fails: refused }),
      admin(`volume group type delete ${nobody}`, { fails: refused }),
      member('consistency group list', { says: [] }),
      member(`consistency group show ${nobody}`, { fails: refused }),
      member('consistency group create --volume-type platinum g', { microversion: 'default', fails: refused }),
      member(`consistency group delete ${nobody}`, { fails: refused }),
      member(`consistency group set --name g ${nobody}`, { fails: refused }),
      member(`consistency group add volume ${nobody} nosuch`, { warns: /1 of 1 volumes failed to add/ }),
      member(`consistency group remove volume ${nobody} nosuch`, { warns: /1 of 1 volumes failed to remove/ }),
      member('consistency group snapshot list', { says: [] }),
      member(`consistency group snapshot show ${nobody}`, { fails: refused }),
      member(`consistency group snapshot create --consistency-group ${nobody} s`, { fails: refused }),
      member(`consistency group snapshot delete ${nobody}`, { fails: refused }),
    ],
  },
  {
    title: 'clusters and replication, which there are none of',
    microversion: '3.70',
    steps: [
      admin('block storage cluster list', { says: [] }),
      admin('block storage cluster show nosuch', { fails: refused }),
      admin('block storage cluster set --disable nosuch', { fails: refused }),
      admin('volume host set --disable store-01@file', { fails: refused }),
    ],
  },
];
