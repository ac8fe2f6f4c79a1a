export * from '../volume/volume.examples';
export * from '../image-cache/image-cache.examples';
