import {
  loadDriver,
  type SqliteDatabase,
  type SqliteDriver,
  type SqliteStatement,
} from '../../../src/stores/sqlite/driver.js';

/** A driver that counts the rows which statements on the table of sessions give. */
export interface CountedDriver extends SqliteDriver {
  readonly rows: () => number;
}

/** Wraps the driver of this runtime. What a statement reads and does not give is not counted: SQLite does not tell. */
export async function countedDriver(): Promise<CountedDriver> {
  const driver = await loadDriver();
  let rows = 0;

  function counted(statement: SqliteStatement): SqliteStatement {
    return {
      get(...values) {
        const row = statement.get(...values);
        rows += row === undefined ? 0 : 1;
        return row;
      },
      all(...values) {
        const found = statement.all(...values);
        rows += found.length;
        return found;
      },
      run: (...values) => statement.run(...values),
    };
  }

  class CountedDatabase implements SqliteDatabase {
    readonly #database: SqliteDatabase;

    constructor(path: string) {
      this.#database = new driver.DatabaseSync(path);
    }

    exec(sql: string): void {
      this.#database.exec(sql);
    }

    prepare(sql: string): SqliteStatement {
      const statement = this.#database.prepare(sql);
      return /\bsessions\b/.test(sql) ? counted(statement) : statement;
    }

    close(): void {
      this.#database.close();
    }
  }

  return { DatabaseSync: CountedDatabase, rows: () => rows };
}
