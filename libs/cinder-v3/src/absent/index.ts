export { noBackupService, parseCreateBackup } from './create-backup.request';
export { emptyList } from './empty-list';
