import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type MasterKey, parseMasterKey } from 'pawl/keys';
import { type Config, ConfigError } from './config.js';
import { makeFolderFor } from './data-folder.js';
import { isLoopback } from './loopback.js';
import { masterKeyPath, storeLocation } from './locations.js';
import { isNetworkStore, storeText } from './store-location.js';

const masterKeyBytes = 32;
const groupAndOthers = 0o077;

/**
 * The master keys, the one that wraps first. Without a configured one: the key file in the data folder, which is
 * generated for a server on loopback. A store in memory gets a key that ends with it.
 *
 * @throws ConfigError when there is none and none may be generated, when one is malformed, or when others may read the file
 */
export function masterKeys(config: Config): readonly MasterKey[] {
  const current =
    config.masterKey === null ? localMasterKey(config) : parse(config.masterKey.reveal(), 'masterKey');
  const previous = config.previousMasterKeys?.reveal() ?? [];
  return [current, ...previous.map((text) => parse(text, 'previousMasterKeys'))];
}

/**
 * What to say when the local key file does not open the key ring of the store. A key that was generated a moment ago is taken back: it opens
 * nothing, and its presence would hide that the right one is missing.
 */
export function localKeyDoesNotFit(config: Config, isNew: boolean): ConfigError {
  const path = masterKeyPath(config);
  const location = storeLocation(config);
  if (isNew) rmSync(path, { force: true });
  if (isNetworkStore(location)) {
    return new ConfigError(
      `The key ring in ${storeText(location)} was made with another master key than ${path}: set PAWL_MASTER_KEY or PAWL_MASTER_KEY_FILE to the master key that every server of this store uses.`,
    );
  }
  return new ConfigError(
    isNew
      ? `The store exists, but its master key does not: set PAWL_MASTER_KEY or PAWL_MASTER_KEY_FILE, or put ${path} back.`
      : `The master key ${path} does not open the key ring of ${storeText(location)}: set PAWL_MASTER_KEY or PAWL_MASTER_KEY_FILE, or put the right one there.`,
  );
}

/** Whether {@link masterKeys} would generate one. */
export function needsGeneratedKey(config: Config): boolean {
  return config.masterKey === null && !existsSync(masterKeyPath(config));
}

function localMasterKey(config: Config): MasterKey {
  const path = masterKeyPath(config);
  const inMemory = storeLocation(config).kind === 'memory';
  if (!existsSync(path)) {
    if (!isLoopback(config.host)) throw new ConfigError(missing(config, path));
    const generated = randomBytes(masterKeyBytes).toString('base64url');
    if (inMemory) return parse(generated, 'the generated key');
    writeExclusively(path, generated);
  }
  checkMode(path);
  return parse(readFileSync(path, 'utf8').trim(), path);
}

function missing(config: Config, path: string): string {
  return `The host ${config.host} can be reached from other machines, so the master key must be given: make one with "(umask 077; openssl rand -hex 32 > master.key)" and set PAWL_MASTER_KEY_FILE to its path. ${path} is generated on loopback only.`;
}

/**
 * Two servers that start at once must not each have a key: the link fails for the second one, which then reads what the
 * first one wrote, and whole, because the name appears after the content.
 */
function writeExclusively(path: string, text: string): void {
  makeFolderFor(path);
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, `${text}\n`, { flag: 'wx', mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw new ConfigError(`Cannot write the master key ${path}.`);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function checkMode(path: string): void {
  const { mode } = statSync(path);
  if (process.platform === 'win32' || (mode & groupAndOthers) === 0) return;
  throw new ConfigError(
    `Others may read the master key ${path} (mode ${(mode & 0o777).toString(8)}); run "chmod 600 ${path}".`,
  );
}

function parse(text: string, origin: string): MasterKey {
  try {
    return parseMasterKey(text);
  } catch {
    throw new ConfigError(
      `The master key of ${origin} is malformed; the rule is: 32 bytes in base64url or hexadecimal.`,
    );
  }
}
