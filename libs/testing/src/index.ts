export { type CertificateToMake, certificateFor } from './certificate';
export { expectExit } from './expect-exit';
export { eventually, type EventuallyOptions } from './eventually';
export { type CertificateFiles, TestAuthority } from './test-authority';
export { temporaryDirectory, type TemporaryDirectory } from './temporary-directory';
export { given } from './given';
