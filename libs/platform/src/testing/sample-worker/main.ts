// A worker as apps are written, bundled and run by the tests: telemetry first, then everything that is to be traced.
import './telemetry';
import { get } from 'node:http';
import { Controller, Module } from '@nestjs/common';
import { Ctx, EventPattern } from '@nestjs/microservices';
import { createLog, effectiveConfig, JetStreamMessageContext, runWorker } from '../../index';
import { connect } from 'nats';
import { Client } from 'pg';
import { config, schema } from './config';

const log = createLog({ name: 'fixture', level: config.logLevel, format: config.logFormat });

@Controller()
class Things {
  @EventPattern('things')
  async on(@Ctx() { subject }: JetStreamMessageContext): Promise<void> {
    if (subject.endsWith('.reject')) void Promise.reject(new Error('nobody waits for me'));
    if (config.databaseUrl) await askDatabase(config.databaseUrl);
    if (config.peerUrl) await askPeer(config.peerUrl);
    log.info('handled', { subject });
  }
}

@Module({ controllers: [Things] })
class FixtureModule {}

async function askDatabase(connectionString: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  await client.query('select 1');
  await client.end();
}

function askPeer(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, (response) => response.resume().once('end', resolve)).once('error', reject);
  });
}

async function main(): Promise<void> {
  const connection = await connect({ servers: [...config.natsUrl], maxReconnectAttempts: -1 });
  await runWorker({
    name: 'fixture',
    version: '0.0.0',
    log,
    effectiveConfig: effectiveConfig(schema, config),
    module: FixtureModule,
    transport: {
      connection,
      consumers: [{ pattern: 'things', stream: config.stream, durable: 'things', concurrency: 4 }],
    },
    healthPort: config.healthPort,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    onClose: () => connection.close(),
  });
}

void main();
