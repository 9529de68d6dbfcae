import type { Command } from './command.js';
import { configCommand } from './config.js';
import { doctor } from './doctor.js';
import { events } from './events.js';
import { keysCompromise, keysList, keysRotate } from './keys.js';
import { serveCommand } from './serve.js';
import { migrate } from './migrate.js';
import { revokeSubject, sessionsList, sessionsRevoke } from './sessions.js';
import { userAdd } from './user-add.js';
import { userDelete } from './user-delete.js';
import { userDisable, userEnable } from './user-disable.js';
import { userList, userShow } from './user-list.js';
import { userPasswd } from './user-passwd.js';
import { userRename } from './user-rename.js';
import { webhooksDead, webhooksList, webhooksReplay, webhooksTest } from './webhooks.js';

/** The command table; `help` and `--version` are answered by `main.ts`. */
export const commands: readonly Command[] = [
  serveCommand,
  userAdd,
  userList,
  userShow,
  userRename,
  userPasswd,
  userDisable,
  userEnable,
  userDelete,
  sessionsList,
  sessionsRevoke,
  revokeSubject,
  keysList,
  keysRotate,
  keysCompromise,
  events,
  webhooksList,
  webhooksDead,
  webhooksReplay,
  webhooksTest,
  migrate,
  configCommand,
  doctor,
];
