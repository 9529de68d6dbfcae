import { existsSync, statSync } from 'node:fs';
import { type Config, ConfigError } from '../config/config.js';
import { checkExposure } from '../config/exposure.js';
import { isLoopback } from '../config/loopback.js';
import { presetsOf } from '../config/policies.js';
import { examineStore } from './examine-store.js';
import type { Finding } from './finding.js';

type Examination = (config: Config) => Finding[] | Promise<Finding[]>;

const minNode = [20, 19] as const;
const groupAndOthers = 0o077;
/** 2024-01-01: Pawl is younger than any clock that says less. */
const plausibleSinceAt = 1_704_067_200;

/** In the order in which a failure explains those below it. */
export const examinations: readonly Examination[] = [
  nodeVersion,
  clock,
  exposure,
  lifetimes,
  dataFolder,
  examineStore,
];

function nodeVersion(): Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > minNode[0] || (major === minNode[0] && minor >= minNode[1]);
  return [
    {
      state: fits ? 'ok' : 'fail',
      text: `Node ${process.versions.node}; at least ${minNode.join('.')} is needed.`,
    },
  ];
}

function clock(): Finding[] {
  const now = Date.now();
  const plausible = now / 1000 > plausibleSinceAt;
  return [{ state: plausible ? 'ok' : 'fail', text: `The clock says ${new Date(now).toISOString()}.` }];
}

function exposure(config: Config): Finding[] {
  try {
    checkExposure(config);
  } catch (error) {
    if (error instanceof ConfigError) return [{ state: 'fail', text: error.message }];
    throw error;
  }
  if (isLoopback(config.host))
    return [{ state: 'ok', text: `${config.host} can be reached from this machine only.` }];
  return config.issuer?.startsWith('https:') === true
    ? [{ state: 'ok', text: `The issuer ${config.issuer} is https.` }]
    : [{ state: 'warn', text: 'The issuer is not https: tokens cross the network in clear.' }];
}

function lifetimes({
  accessSeconds,
  idleSeconds,
  absoluteSeconds,
  windowSeconds,
  ...config
}: Config): Finding[] {
  const findings: Finding[] = [];
  if (accessSeconds > 3600) {
    findings.push({
      state: 'warn',
      text: `accessSeconds is ${accessSeconds}: a verifier that asks nobody accepts a revoked token for that long.`,
    });
  }
  if (idleSeconds > absoluteSeconds) {
    findings.push({
      state: 'warn',
      text: `idleSeconds (${idleSeconds}) is above absoluteSeconds (${absoluteSeconds}) and has no effect.`,
    });
  }
  if (accessSeconds >= idleSeconds) {
    findings.push({
      state: 'warn',
      text: 'accessSeconds is not below idleSeconds: sessions end before they are refreshed.',
    });
  }
  if (windowSeconds !== null && windowSeconds > 60) {
    findings.push({
      state: 'warn',
      text: `windowSeconds is ${windowSeconds}: a thief has that long to pass for a retry.`,
    });
  }
  return findings.length > 0
    ? findings
    : [{ state: 'ok', text: `${namesOf(config)} and the lifetimes fit together.` }];
}

function namesOf(config: Pick<Config, 'policy' | 'cookiePolicy'>): string {
  const { policy, cookiePolicy } = presetsOf(config);
  return `The policies ${policy} and, by cookie, ${cookiePolicy}`;
}

function dataFolder({ data }: Config): Finding[] {
  if (!existsSync(data)) return [{ state: 'ok', text: `The data folder ${data} does not exist yet.` }];
  const mode = statSync(data).mode & 0o777;
  const open = process.platform !== 'win32' && (mode & groupAndOthers) !== 0;
  return [
    {
      state: open ? 'warn' : 'ok',
      text: `The data folder ${data} has mode ${mode.toString(8)}${open ? '; "chmod 700" keeps others out' : ''}.`,
    },
  ];
}
