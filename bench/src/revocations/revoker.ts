/** The process that revokes: an authority on a store, with its endpoints over HTTP. */
import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Authority, createAuthority, isPawlError, parseMasterKey } from 'pawl';
import { createHandler } from 'pawl/http';
import { answerOrders } from '../answer-orders.js';
import { required } from '../required.js';
import { machineMilliseconds, type RevokerOrder, type RevokerReport, subscriber } from './messages.js';
import { openStore } from './open-store.js';

let authority: Authority | null = null;
let end: () => Promise<void> = async () => undefined;
let prepared: string[] = [];

async function obey(order: RevokerOrder): Promise<RevokerReport> {
  switch (order.type) {
    case 'start':
      return { type: 'started', origin: await start(order) };
    case 'prepare':
      prepared = await logIn(order.sessions);
      return { type: 'prepared', sessionIds: prepared };
    case 'revoke':
      return { type: 'revoked', begunAt: await revokeAll(order.perSecond) };
    case 'stop':
      await end();
      return { type: 'stopped' };
  }
}

async function start({ transport, database }: Extract<RevokerOrder, { type: 'start' }>): Promise<string> {
  let answer: RequestListener = (_, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { store, close } = await openStore(transport.database, database);
  const opened = await createAuthority({ issuer, store, masterKey: parseMasterKey('00'.repeat(32)) });
  const secretHash = createHash('sha256').update(subscriber.clientSecret).digest('base64url');
  const handler = createHandler({
    authority: opened,
    authenticate: async () => ({ ok: false, reason: 'wrong' }),
    clients: [{ id: subscriber.clientId, secretHash }],
  });
  answer = (request, response) => void handler.node(request, response);
  authority = opened;
  end = async () => {
    server.closeAllConnections();
    server.close();
    await opened.close();
    await close();
  };
  return issuer;
}

async function logIn(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let first = 0; first < count; first += 100) {
    const logins = Array.from({ length: Math.min(100, count - first) }, async (_, index) => {
      const login = await required(authority).login({ subject: `user-${first + index}` });
      if (!login.granted) throw new Error('a user could not log in');
      return login.tokens.sessionId;
    });
    ids.push(...(await Promise.all(logins)));
  }
  return ids;
}

/** Begins each call at its time, whether or not the ones before have been answered. */
async function revokeAll(perSecond: number): Promise<number[]> {
  const begunAt: number[] = [];
  const calls: Promise<void>[] = [];
  const startedAt = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond);
      while (calls.length < prepared.length && calls.length <= due) {
        begunAt.push(machineMilliseconds());
        calls.push(revoke(required(prepared[calls.length])));
      }
      if (calls.length < prepared.length) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(calls);
  return begunAt;
}

const maxTries = 30;

/** Again when the store did not answer in time, as whoever is told so does: what it took counts. */
async function revoke(sessionId: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await required(authority).revokeSession(sessionId);
      return;
    } catch (error) {
      if (tries === maxTries || !isPawlError(error, 'store_unavailable')) throw error;
    }
  }
}

answerOrders(obey);
