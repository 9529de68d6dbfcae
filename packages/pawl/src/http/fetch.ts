import { PawlError } from '../errors.js';
import { type ClientAddress, type HttpRequest, type HttpResponse, maxBodyBytes } from './exchange.js';

/** Carries a web-standard request to the endpoints and their answer back. */
export async function answerFetch(
  request: Request,
  peer: string | null,
  clientAddress: ClientAddress,
  answer: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<Response> {
  const { headers } = request;
  const response = await answer({
    method: request.method,
    path: new URL(request.url).pathname,
    header: (name) => headers.get(name),
    address: clientAddress(peer, headers.get('x-forwarded-for')),
    readBody: () => readBody(request),
  });
  const answered = new Headers();
  for (const [name, value] of response.headers) answered.append(name, value);
  return new Response(response.body === '' ? null : response.body, {
    status: response.status,
    headers: answered,
  });
}

async function readBody(request: Request): Promise<string> {
  if (request.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new PawlError('body_too_large', 'request body over the limit');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
