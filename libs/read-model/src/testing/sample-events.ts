// Sample facts, and what they are about; `import * as sample`.
export * from './sample-entries';
export * from './sample-services';
export * from './sample-stewardship';
export * from './sample-things';
export * from './sample-volumes';
