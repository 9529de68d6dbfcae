// A process of its own that changes users of a SQLite store, and kills itself before the call of its documents with the number that it is given.
import { systemClock } from 'pawl';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { createAccounts } from '../../src/accounts/accounts.js';

const [path = '', command = '', killAt = '', id = ''] = process.argv.slice(2);
const store = await openSqliteStore({ path });
let calls = 0;
const documents = new Proxy(store.documents, {
  get(port, method) {
    const call = Reflect.get(port, method) as (...given: unknown[]) => unknown;
    return (...given: unknown[]) => {
      if (calls === Number(killAt)) process.kill(process.pid, 'SIGKILL');
      calls += 1;
      return call.apply(port, given);
    };
  },
});
const accounts = createAccounts(documents, systemClock);
switch (command) {
  case 'add':
    await accounts.add(['new', 'new@example.org'], '$hash');
    break;
  case 'rename':
    await accounts.rename(id, 'old', 'new');
    break;
  case 'delete':
    await accounts.remove(id, async () => {
      await store.sessions.revokeSubject(id, systemClock.now());
    });
}
await store.close();
