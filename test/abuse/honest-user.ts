import type { LoggedIn, RunningServer } from '../../packages/server/test/server-process.js';
import { createCaller, jsonTo } from './caller.js';

/** Somebody who was logged in before the abuse began, and refreshes all the while. */
export interface HonestUser {
  /** Stops. Resolves to the status of each refresh, of a call with the last access token, and whether the session is still listed. */
  stop(): Promise<{ readonly refreshes: readonly number[]; readonly call: number; readonly listed: boolean }>;
}

/** @param login - of a session that nobody else uses */
export function startHonestUser(server: RunningServer, login: LoggedIn): HonestUser {
  const caller = createCaller(server.address, 1);
  const refreshes: number[] = [];
  let tokens: Pick<LoggedIn, 'access_token' | 'refresh_token'> = login;
  let isStopped = false;

  async function goOn(): Promise<void> {
    while (!isStopped) {
      const answer = await caller.send(jsonTo('/refresh', { refresh_token: tokens.refresh_token }));
      refreshes.push(answer.status);
      if (answer.status === 200) tokens = JSON.parse(answer.body) as LoggedIn;
    }
  }

  const going = goOn();
  return {
    async stop() {
      isStopped = true;
      await going;
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      const call = await caller.send({ path: '/userinfo', headers });
      const sessions = await caller.send({ path: '/sessions', headers });
      caller.close();
      return { refreshes, call: call.status, listed: sessions.body.includes(login.session_id) };
    },
  };
}
