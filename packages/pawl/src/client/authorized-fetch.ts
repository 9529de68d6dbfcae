import type { ClientContext } from './context.js';
import { noteNonce, observeDate } from './issuer-calls.js';
import { createProof } from './proof-key.js';
import { freshen, isOver } from './refresh.js';
import type { SignedInRecord } from './session-record.js';

/**
 * Sends a request with the access token and, where there is a key, a proof. A request to another origin, or with an Authorization header
 * of its own, goes out as it is. With a token no redirect is followed: the target would get the token or a proof for another address.
 *
 * @throws ClientError `unavailable`; TypeError of the runtime
 */
export async function authorizedFetch(context: ClientContext, request: Request): Promise<Response> {
  const { device, options } = context;
  const isOurs = options.allowedOrigins.includes(new URL(request.url).origin);
  if (!isOurs || request.headers.has('authorization')) return device.fetch(request);

  // Somebody else may have logged in: not every storage tells.
  if (context.record()?.status !== 'signed-in') await context.reload();
  await freshen(context, isOver(context));
  let triedProof = false;
  let triedRefresh = false;
  for (;;) {
    const record = context.record();
    if (record?.status !== 'signed-in') return device.fetch(request);
    // The copy is sent, so that the body is still there for another try.
    const response = await send(context, request.clone(), record);
    if (response.status !== 401) return response;
    const challenge = response.headers.get('www-authenticate') ?? '';
    if (record.key !== null && !triedProof && /use_dpop_nonce|invalid_dpop_proof/.test(challenge)) {
      triedProof = true;
      // Where the clock of the device was set, the next proof has the time of whoever judges it.
      observeDate(context, response);
    } else if (!triedRefresh && blamesToken(challenge)) {
      triedRefresh = true;
      await freshen(context, (newest) => newest.revision === record.revision);
    } else return response;
  }
}

/** A challenge without an error says that no token arrived, as when its cookie has ended, or is of a server that says nothing more. */
function blamesToken(challenge: string): boolean {
  return !/\berror=/.test(challenge) || /invalid_token|invalid_dpop_proof/.test(challenge);
}

async function send(
  context: ClientContext,
  request: Request,
  { tokens, key }: SignedInRecord,
): Promise<Response> {
  const { device, clock, nonces } = context;
  const { accessToken } = tokens;
  if (accessToken === null) return device.fetch(request);
  const { origin } = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.set('authorization', `${key ? 'DPoP' : 'Bearer'} ${accessToken}`);
  if (key !== null) {
    const { method, url } = request;
    const proven = { method, url, issuedAt: clock.now(), accessToken, nonce: nonces.get(origin) };
    headers.set('dpop', await createProof(key, proven));
  }
  const redirect = request.redirect === 'follow' ? 'error' : request.redirect;
  const response = await device.fetch(new Request(request, { headers, redirect }));
  noteNonce(context, origin, response);
  return response;
}
