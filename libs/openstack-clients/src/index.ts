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
