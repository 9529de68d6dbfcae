/**
 * Starts the example. It prints the mails instead of sending them; the only user is ada@example.org.
 *
 *   PAWL_MASTER_KEY=$(openssl rand -hex 32) npm start
 *   curl http://127.0.0.1:3000/links -H 'content-type: application/json' -d '{"email":"ada@example.org"}'
 *
 * Then open the printed link in a browser.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createApplication } from './server.js';

const { PORT: port = '3000', PAWL_MASTER_KEY: masterKey } = process.env;
if (masterKey === undefined) throw new Error('PAWL_MASTER_KEY must be 32 bytes in hexadecimal.');

const application = await createApplication({
  origin: `http://127.0.0.1:${port}`,
  path: 'sessions.sqlite',
  masterKey,
  // A link lives for ten minutes: one from before a restart is asked for again.
  linkSecret: randomBytes(32),
  findUser: async (email) => (email === 'ada@example.org' ? 'user-1' : null),
  deliver: async (email, link) => console.log(`To: ${email}\n\n${link}\n`),
});
const server = createServer((request, response) => void application.app(request, response));
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`));
process.once('SIGINT', () => {
  server.close(() => void application.close());
  server.closeAllConnections();
});
