import { configurationFaults, type Configured, type Fault, FaultError } from '@hearth/cinder-v3';
import { ConfigurationError, type ConfigurationErrorCode } from '@hearth/read-model';

/** Every refusal has its fault: a new code does not compile until it has one. */
const faults: Readonly<Record<ConfigurationErrorCode, (named: Configured) => Fault>> = configurationFaults;

/** Carries out a change of configuration; what the rows refuse becomes a fault that names what `named` holds. */
export async function configured<Result>(named: Configured, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const { code, subject } = error;
    throw new FaultError(faults[code]({ ...named, ...(subject !== undefined && { subject }) }), { cause: error });
  }
}
