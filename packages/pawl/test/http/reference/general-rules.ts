/** What holds for all routes: the beginning of the page, in front of what is read from the routes. */
export const generalRules = `<!-- Written by npm run reference from the routes in packages/pawl/src/http. -->

# HTTP

Every route that \`createHandler\` serves unless its option \`without\` names the module. \`pawl-server\` serves all of them, and its [account pages](server.md#account-pages).
\`GET /openapi.json\` says the same as an OpenAPI 3.1 document.

## What holds for all routes

**Addresses.** Paths below are relative to the path of the issuer: with the issuer \`https://example.com/auth\`, \`POST /login\` is \`https://example.com/auth/login\`. Nothing is
answered elsewhere but \`/.well-known/oauth-authorization-server/auth\`, where RFC 8414 puts the metadata of such an issuer.

**Parameters.** They stand in a JSON object, a form, or the query; each route takes one of the three. Parameters that a route does not know are ignored. One that is repeated is
refused, known or not. An empty one in a form or a query, and \`null\` in JSON, count as absent. A body that is not there counts as one without parameters. A
body of another content type is refused, one without a content type is read. A body is at most 64 KiB.

**Errors** are JSON with \`error\`, a code, and \`error_description\`: the sentence of the [catalogue](errors.md), which the tables below repeat, or one that names the parameter or
the rule. No value that was sent is repeated. 429 and 503 carry \`Retry-After\` in seconds: the same call may succeed later. Every route may also answer
500 with \`server_error\`. A path that is none is 404; a method that a path does not have is 405, and \`Allow\` lists those that it has.

**Operations.** \`handler.operations\` answers \`/healthz\`, \`/readyz\` and \`/metrics\` alone, at the root whatever the path of the issuer, for a port of their own. The counters are
those of the handler, which is made with \`without: ['operations']\` then. \`pawl-server\` does so with [\`PAWL_OPERATIONS_PORT\`](server.md#options).

**Methods.** \`HEAD\` is answered like \`GET\`, without the body.

**Who calls.** A session shows its access token as \`Authorization: Bearer\`, or with \`mode: 'session'\` its session token, or the cookie. A call with two credentials is refused. A
refusal for the token carries \`WWW-Authenticate\` (RFC 6750, RFC 9449). Clients that are registered use HTTP Basic, or \`client_id\` and \`client_secret\` in a form.

**Cookies** are \`__Host-pawl-refresh-…\` and \`__Host-pawl-access-…\`, with \`mode: 'session'\` \`__Host-pawl-session-…\` alone, all with \`Path=/; Secure; HttpOnly; SameSite=Lax\`. The names end with eight characters that tell one issuer from another.

**Origin.** A call that changes something by a cookie must come from the origin of the issuer, and so must a login with \`transport: "cookie"\`. \`Sec-Fetch-Site\` must be
\`same-origin\`; where it is absent, \`Origin\` must be that of the issuer. A call without both is refused with 403. The handshake of a WebSocket counts as a change. Pages of the origins in
\`allowedOrigins\` may call and read answers, without cookies.

**DPoP.** A proof (RFC 9449) in \`DPoP\` at \`/login\` binds the session to its key. Its access token then comes with the scheme \`DPoP\` and a proof for each call. A proof counts once. With
\`requireDpopNonce\` proofs at \`/login\`, \`/refresh\` and \`/token\` hold a nonce: an answer to a call with a proof carries the next one in \`DPoP-Nonce\`. [Possession](possession.md) has the rules.

**Caches.** Answers carry \`Cache-Control: no-store\`, those of the module \`discovery\` \`public, max-age=…\`, and all \`X-Content-Type-Options: nosniff\`.

## Examples

They run as pasted in bash, with \`npm start\` in another terminal. These lines set what they use; put in the password that the first start printed. An example that ends the session needs
the lines from \`LOGIN\` on again.

\`\`\`sh
PASSWORD='the printed one'
json() { node -pe "JSON.parse(require('fs').readFileSync(0, 'utf8')).$1"; }
LOGIN=$(curl -s -H 'content-type: application/json' http://localhost:3000/login -d "{\\"username\\":\\"demo\\",\\"password\\":\\"$PASSWORD\\"}")
ACCESS=$(echo "$LOGIN" | json access_token)
REFRESH=$(echo "$LOGIN" | json refresh_token)
\`\`\`

The client \`api\` of two examples exists on a server that was started with
\`PAWL_CLIENTS='[{"client_id":"api","client_secret":"a-secret-of-32-characters-or-more"}]' npm start\`.`;
