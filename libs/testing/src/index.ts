export { type CertificateToMake, certificateFor } from './certificate';
export { eventually, type EventuallyOptions } from './eventually';
export { temporaryDirectory, type TemporaryDirectory } from './temporary-directory';
export { given } from './given';
