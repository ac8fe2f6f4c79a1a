// Where an app finds the keys of encrypted volumes.
import { field } from './fields';

export const keyStoreConfig = {
  barbicanUrl: field
    .text(
      'key manager that keeps the keys of encrypted volumes, and certificates that images are signed with, ' +
        'as http(s)://host[:port][/path]; unless given, that of the catalogue where Keystone is configured',
    )
    .optional(),
  volumeKeysDirectory: field
    .text(
      'folder that the api and all hosts share, for the keys of encrypted volumes instead of a key manager: for trying out only, since ' +
        'whoever reads it has every key (docs/how-to/encryption.md)',
    )
    .optional(),
};
