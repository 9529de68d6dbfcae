import type { Config } from '../config/config.js';
import { storeLocation } from '../config/locations.js';
import type { PostgresLocation } from '../config/postgres-location.js';
import { storeText } from '../config/store-location.js';
import { createTrouble, explained } from '../store/trouble.js';
import type { Command } from './command.js';
import { exitCodes, explain, print } from './ui.js';

export const migrate: Command = {
  name: 'migrate',
  parameters: [],
  flags: ['print'],
  summary:
    'Creates the tables in PostgreSQL or brings them to this version; with --print writes the SQL instead, without a server.',
  async run({ flags, configuration }) {
    const { config } = configuration();
    const location = storeLocation(config);
    if (location.kind !== 'postgres') {
      explain(`The store ${storeText(location)} has no tables to migrate.`);
    } else if (flags.print === true) {
      const { postgresMigrations } = await import('pawl/stores/postgres');
      for (const { sql } of postgresMigrations(location.schema ?? undefined))
        print(`begin;\n${sql}\ncommit;`);
    } else {
      await apply(config, location);
    }
    return exitCodes.done;
  },
};

async function apply(config: Config, location: PostgresLocation): Promise<void> {
  const { migratePostgres } = await import('pawl/stores/postgres');
  const { createPostgresPool } = await import('../store/postgres-pool.js');
  const trouble = createTrouble(() => undefined);
  const made = createPostgresPool(location, {
    connections: 1,
    deadlineSeconds: config.storeDeadlineSeconds,
    onError: trouble.report,
  });
  const schema = location.schema === null ? {} : { schema: location.schema };
  try {
    const applied = await migratePostgres({ pool: made.client, ...schema });
    const place = storeText(location);
    if (applied.length === 0) explain(`The tables in ${place} were up to date.`);
    for (const name of applied) explain(`Applied to ${place}: ${name}.`);
  } catch (error) {
    throw explained(error, location, trouble);
  } finally {
    await made.close();
  }
}
