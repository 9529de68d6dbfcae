import { type Config, ConfigError } from './config.js';
import { isLoopback } from './loopback.js';

/**
 * Refuses a server that others can reach while its tokens would cross the network in clear, and one that leaves health and metrics where they
 * were not meant to be.
 *
 * The port of the operations may be reached from anywhere over http: neither tokens nor passwords pass through it.
 *
 * @throws ConfigError saying what to set
 */
export function checkExposure(config: Config): void {
  checkOperations(config);
  if (isLoopback(config.host) || config.allowInsecureIssuer) return;
  if (config.issuer?.startsWith('https:') === true) return;
  throw new ConfigError(
    `The host ${config.host} can be reached from other machines, so the issuer must be an https URL: set PAWL_ISSUER to the address that callers use, with a proxy that ends TLS in front. PAWL_ALLOW_INSECURE_ISSUER=true accepts that tokens cross the network in clear.`,
  );
}

function checkOperations({ host, port, operationsPort, operationsHost }: Config): void {
  if (operationsPort === null && operationsHost !== null) {
    throw new ConfigError(
      `PAWL_OPERATIONS_HOST is ${operationsHost}, but health and metrics are on the public port: set PAWL_OPERATIONS_PORT too.`,
    );
  }
  const isSameHost = operationsHost === null || operationsHost === host;
  if (operationsPort === port && port !== 0 && isSameHost) {
    throw new ConfigError(
      `PAWL_OPERATIONS_PORT and PAWL_PORT are both ${port}: give health and metrics another port, or leave PAWL_OPERATIONS_PORT out.`,
    );
  }
}
