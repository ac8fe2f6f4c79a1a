export { propertiesOfVolume } from './glance/create-image';
export type { CreatedImage, ImageRecords, NewImage } from './glance/create-image';
export { GlanceImageRecords } from './glance/create-image.glance';
export type { GlanceRecordsOptions } from './glance/create-image.glance';
export { GlanceImageCatalogue } from './glance/glance.image-catalogue';
export { GlanceImageService } from './glance/glance.image-service';
export type { GlanceOptions } from './glance/glance.image-service';
export { imagesAtOnceMax } from './glance/image-catalogue';
export type { ImageCatalogue, ImageFilter, ImageLook, ListedImage } from './glance/image-catalogue';
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
export { ImageUploadError } from './glance/upload';
export type { ImageUpload, ImageUploadProblem, PutOptions, UploadOptions } from './glance/upload';
export { GlanceImageUpload } from './glance/upload.glance';
export type { GlanceUploadOptions } from './glance/upload.glance';
export { BarbicanKeyManager } from './key-manager/barbican.key-manager';
export type { BarbicanOptions } from './key-manager/barbican.http';
export { BarbicanKeyStore } from './key-manager/barbican.key-store';
export { FolderKeyStore } from './key-manager/folder.key-store';
export { KeyManagerError } from './key-manager/key-manager';
export type { CertificateOptions, KeyManager, KeyManagerProblem } from './key-manager/key-manager';
export type { KeyOptions, KeyStore, NewKey, SymmetricKey } from './key-manager/key-store';
export { openKeyStore } from './key-manager/open-key-store';
export type { KeyStoreSettings } from './key-manager/open-key-store';
export { PemFolderKeyManager } from './key-manager/pem-folder.key-manager';
export { allowedBy } from './keystone/access-rules';
export { KeystoneClient } from './keystone/keystone.client';
export type { KeystoneOptions } from './keystone/keystone.client';
export { KeystoneError, type KeystoneProblem } from './keystone/keystone-error';
export type { ValidatedToken } from './keystone/keystone.record';
export { identityProblems, openKeystone } from './keystone/identity-settings';
export type { ServiceCredentials } from './keystone/service-credentials';
export { TokenValidator } from './keystone/token-validator';
export type { TokenValidatorOptions } from './keystone/token-validator';
export type { TokenSource } from './token-source';
