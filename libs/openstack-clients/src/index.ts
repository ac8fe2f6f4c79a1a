export { GlanceImageService } from './glance/glance.image-service';
export type { GlanceOptions } from './glance/glance.image-service';
export { imageMetadata } from './glance/image-metadata';
export { ImageServiceError } from './glance/image-service';
export type {
  AskOptions,
  ImageBytes,
  ImageService,
  ImageServiceProblem,
  OpenOptions,
  ShownImage,
} from './glance/image-service';
export { BarbicanKeyManager } from './key-manager/barbican.key-manager';
export type { BarbicanOptions } from './key-manager/barbican.key-manager';
export { KeyManagerError } from './key-manager/key-manager';
export type { CertificateOptions, KeyManager, KeyManagerProblem } from './key-manager/key-manager';
export { PemFolderKeyManager } from './key-manager/pem-folder.key-manager';
