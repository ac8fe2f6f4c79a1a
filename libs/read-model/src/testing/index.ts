export { given, SampleLog } from './given';
