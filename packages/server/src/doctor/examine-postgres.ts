import { isPawlError, systemClock } from 'pawl';
import { inspectPostgres, type PostgresInspection } from 'pawl/stores/postgres';
import { type Config, ConfigError } from '../config/config.js';
import type { PostgresLocation } from '../config/postgres-location.js';
import { createPostgresPool } from '../store/postgres-pool.js';
import { createTrouble, explained } from '../store/trouble.js';
import { examineClock } from './examine-clock.js';
import { type Finding, fail, ok, warn } from './finding.js';

export async function examinePostgres(config: Config, location: PostgresLocation): Promise<Finding[]> {
  const trouble = createTrouble(() => undefined);
  const { storeDeadlineSeconds: deadlineSeconds } = config;
  try {
    const made = createPostgresPool(location, { connections: 1, deadlineSeconds, onError: trouble.report });
    try {
      const schema = location.schema === null ? {} : { schema: location.schema };
      return judge(await inspectPostgres({ pool: made.client, clock: systemClock, ...schema }), config);
    } finally {
      await made.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) return [fail(error.message)];
    if (isPawlError(error)) return [fail((explained(error, location, trouble) as Error).message)];
    throw error;
  }
}

function judge(found: PostgresInspection, config: Config): Finding[] {
  return [
    found.isSupported
      ? ok(`PostgreSQL is version ${found.serverVersion}.`)
      : fail(`PostgreSQL is version ${found.serverVersion}; at least 12 is needed.`),
    ...(found.advisoryLocksHold
      ? []
      : [fail('The advisory locks of the server do not lock: it is not PostgreSQL, and Pawl needs that.')]),
    ...(found.isReplica
      ? [fail('The PostgreSQL server is a standby, which only reads; name its primary.')]
      : []),
    judgeSync(found),
    judgeWaiting(found, config),
    judgeTables(found),
    ...(found.missingPermissions.length === 0
      ? []
      : [fail(`The user of the database may not: ${found.missingPermissions.join(', ')}.`)]),
    examineClock('PostgreSQL', found.clockOffsetSeconds),
  ];
}

function judgeSync({ fsync, fullPageWrites }: PostgresInspection): Finding {
  if (fsync !== 'on') {
    return fail(
      'PostgreSQL does not sync to disk (fsync off): a crash of the machine may lose or damage everything.',
    );
  }
  return fullPageWrites === 'on'
    ? ok('PostgreSQL syncs to disk (fsync, full_page_writes).')
    : warn(
        'PostgreSQL has full_page_writes off: a crash of the machine may damage pages on file systems that tear them.',
      );
}

function judgeWaiting({ synchronousCommit }: PostgresInspection, config: Config): Finding {
  const ends = 'Logins and revocations wait for their commit';
  if (!config.postgresRotationsSynced) {
    return ok(`${ends}; refreshes do not (postgresRotationsSynced is false), and lost ones heal.`);
  }
  return synchronousCommit === 'off'
    ? warn(
        `${ends}; refreshes do not, because synchronous_commit is off, whatever postgresRotationsSynced says.`,
      )
    : ok(`${ends}, and so do refreshes (synchronous_commit ${synchronousCommit}).`);
}

function judgeTables({ migrationVersion, neededMigrationVersion }: PostgresInspection): Finding {
  if (migrationVersion === null) {
    return fail(
      'There are no tables of Pawl of this format that the user of the database may read; run "pawl-server migrate", which says so when they are of another one.',
    );
  }
  if (migrationVersion === neededMigrationVersion) {
    return ok(`The tables have version ${migrationVersion}.`);
  }
  const text = `The tables have version ${migrationVersion} and this program works on ${neededMigrationVersion}`;
  return fail(
    `${text}; ${migrationVersion < neededMigrationVersion ? 'run "pawl-server migrate"' : 'run a newer program'}.`,
  );
}
