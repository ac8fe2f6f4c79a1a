import { z } from 'zod';
import { commonConfig, field, loadConfig } from '../../index';

export const schema = z.object({
  ...commonConfig,
  stream: field.text('JetStream stream to listen on'),
  databaseUrl: field.url('PostgreSQL', ['postgres']).optional(),
  peerUrl: field.url('somebody to ask over HTTP').optional(),
});
export const config = loadConfig(schema, process.env);
