import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Certificate } from '../../../../testbed/src/certificate.js';
import { type HttpsServer, startHttpsServer } from '../../../../testbed/src/https-server.js';

const script = readFileSync(new URL('./foreign-page.js', import.meta.url), 'utf8');
const page = `<!doctype html><link rel="icon" href="data:,"><title>foreign</title><body><script>${script}</script>`;

/** How the foreign site leads a browser on, by the path that does it. */
export const leads = ['/302', '/303', '/307', '/308', '/meta', '/script'] as const;

export interface ForeignSite extends Pick<HttpsServer, 'origin' | 'close'> {
  /** Answers the calls of `/go`: the page does what it has waited with. */
  go(): void;
}

/** A site that attacks, at any name below `localhost`: its page has `attacks`, and `/302?ADDRESS` and its like lead to an address. */
export async function startForeignSite(certificate: Certificate): Promise<ForeignSite> {
  let waiting: ServerResponse[] = [];
  const server = await startHttpsServer(certificate, (request, response) => {
    const [path = '', address = ''] = (request.url ?? '').split(/\?(.*)/s);
    const to = decodeURIComponent(address);
    request.resume();
    if (path === '/go') {
      waiting.push(response);
      return;
    }
    if (/^\/30\d$/.test(path)) {
      response.writeHead(Number(path.slice(1)), { location: to }).end();
      return;
    }
    response.setHeader('content-type', 'text/html');
    if (path === '/meta') response.end(`<!doctype html><meta http-equiv="refresh" content="0; url=${to}">`);
    else if (path === '/script')
      response.end(`<!doctype html><script>location.replace(${JSON.stringify(to)})</script>`);
    else response.end(page);
  });
  return {
    origin: (name) => server.origin(name),
    close: () => server.close(),
    go() {
      for (const response of waiting) response.end();
      waiting = [];
    },
  };
}
