import { type DriverDefinition, type DriverEnvironment, DriverError, type VolumeDriver } from '@hearth/driver-api';
import { file } from './file/file.driver';

/** Every driver of the house; a new one is one line here. */
export const drivers = { file };

export type DriverName = keyof typeof drivers;

/**
 * Opens a backend by its driver's name and its own part of the configuration. Throws a `DriverError` `misconfigured` for an
 * unknown name or a configuration that does not parse, and whatever the driver's `open` throws.
 */
export async function openDriver(name: string, config: unknown, environment: DriverEnvironment): Promise<VolumeDriver> {
  if (!isDriverName(name)) {
    const known = Object.keys(drivers).join(', ');
    throw new DriverError('misconfigured', `there is no driver '${name}'; choose one of: ${known}`);
  }
  const definition: DriverDefinition<unknown> = drivers[name];
  return definition.open(parsed(definition, config), environment);
}

function isDriverName(name: string): name is DriverName {
  return Object.hasOwn(drivers, name);
}

function parsed(definition: DriverDefinition<unknown>, config: unknown): unknown {
  try {
    return definition.config.parse(config);
  } catch (cause) {
    const message = `the configuration of the '${definition.name}' driver is not valid: ${(cause as Error).message}`;
    throw new DriverError('misconfigured', message, { cause });
  }
}
