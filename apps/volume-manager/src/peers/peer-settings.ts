import { ConfigError } from '@hearth/platform';
import type { CredentialFiles } from './peer-credentials';

/** What an operator tells of filling from other hosts. */
export interface PeerConfig {
  readonly host: string;
  readonly peerListen?: string | undefined;
  readonly peerUrl?: string | undefined;
  readonly peerCertificate?: string | undefined;
  readonly peerKey?: string | undefined;
  readonly peerCa?: string | undefined;
  readonly peerServesAtOnce: number;
  readonly peerAnswerTimeoutMs: number;
}

export interface PeerSettings {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Where the others reach it, if not at the address and port that are listened on. */
  readonly url: string | undefined;
  readonly files: CredentialFiles;
  readonly servesAtOnceMax: number;
  /** How long a peer may take to say whether it has a copy, in milliseconds. */
  readonly answerLimitMs: number;
}

const anyAddress = ['0.0.0.0', '[::]'];

/** Undefined where this host neither serves others nor asks them. Throws `ConfigError`: it is all of it or none. */
export function peerSettings(config: PeerConfig): PeerSettings | undefined {
  const { peerListen, peerUrl, peerCertificate: certificate, peerKey: key, peerCa: authorities } = config;
  const needed = {
    ...{ HEARTH_PEER_LISTEN: peerListen, HEARTH_PEER_CERTIFICATE: certificate },
    ...{ HEARTH_PEER_KEY: key, HEARTH_PEER_CA: authorities },
  };
  const given = { ...needed, HEARTH_PEER_URL: peerUrl };
  if (Object.values(given).every((value) => value === undefined)) return undefined;
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? name : []));
  if (!peerListen || !certificate || !key || !authorities) {
    const told = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : name));
    throw new ConfigError(missing.map((name) => problem(name, `is missing, and ${told.join(', ')} given`)));
  }
  const [, address, port] = /^(\[[\da-fA-F:.]+\]|[^:[\]]+):(\d{1,5})$/.exec(peerListen) ?? [];
  if (!address || Number(port) > 65_535) {
    throw new ConfigError([problem('HEARTH_PEER_LISTEN', `'${peerListen}' is no address:port`)]);
  }
  if (address === '*') {
    throw new ConfigError([problem('HEARTH_PEER_LISTEN', `has * for an address: 0.0.0.0 or [::] is meant`)]);
  }
  if (peerUrl === undefined && anyAddress.includes(address)) {
    throw new ConfigError([problem('HEARTH_PEER_URL', `is missing: nobody can be told to connect to ${address}`)]);
  }
  if (peerUrl !== undefined && !isHttps(peerUrl)) {
    throw new ConfigError([problem('HEARTH_PEER_URL', `is no https://host[:port], without a name and password`)]);
  }
  return {
    ...{ host: config.host, address, port: Number(port), url: peerUrl },
    ...{ files: { certificate, key, authorities }, servesAtOnceMax: config.peerServesAtOnce },
    answerLimitMs: config.peerAnswerTimeoutMs,
  };
}

function isHttps(text: string): boolean {
  const { protocol, username, password } = URL.canParse(text)
    ? new URL(text)
    : { protocol: '', username: '', password: '' };
  return protocol === 'https:' && username === '' && password === '';
}

const problem = (variable: string, what: string) => ({ variable, problem: what, expected: undefined });
