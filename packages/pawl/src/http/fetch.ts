import { PawlError } from '../errors.js';
import { type Arrival, parsedBody, splitTarget } from './arrival.js';
import { type ClientAddress, type HttpRequest, type HttpResponse, maxBodyBytes } from './exchange.js';

/** Carries a web-standard request to the endpoints and their answer back. */
export async function answerFetch(
  request: Request,
  peer: string | null,
  arrival: Arrival,
  clientAddress: ClientAddress,
  answer: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<Response> {
  const { headers } = request;
  const { pathname, search } = new URL(request.url);
  const response = await answer({
    method: request.method,
    ...splitTarget(arrival.url ?? pathname + search),
    header: (name) => headers.get(name),
    address: clientAddress(peer, headers.get('x-forwarded-for')),
    readBody: () => readBody(request, arrival),
  });
  const answered = new Headers();
  for (const [name, value] of response.headers) answered.append(name, value);
  return new Response(response.body === '' ? null : response.body, {
    status: response.status,
    headers: answered,
  });
}

async function readBody(request: Request, arrival: Arrival): Promise<string> {
  if (arrival.body !== undefined || request.bodyUsed) {
    return parsedBody(arrival.body, request.headers.get('content-type'));
  }
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
