import type { IncomingMessage, ServerResponse } from 'node:http';
import { PawlError } from '../errors.js';
import { type ClientAddress, type HttpRequest, type HttpResponse, maxBodyBytes } from './exchange.js';

/** Carries a Node request to the endpoints and their answer back. Never rejects: `answer` turns errors into answers. */
export async function answerNode(
  request: IncomingMessage,
  response: ServerResponse,
  clientAddress: ClientAddress,
  answer: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<void> {
  const header = (name: string): string | null => {
    const value = request.headers[name];
    return value === undefined ? null : typeof value === 'string' ? value : value.join(', ');
  };
  const { url = '/' } = request;
  const query = url.indexOf('?');
  const { status, headers, body } = await answer({
    method: request.method ?? 'GET',
    path: query === -1 ? url : url.slice(0, query),
    header,
    address: clientAddress(request.socket.remoteAddress ?? null, header('x-forwarded-for')),
    readBody: () => readBody(request),
  });
  send(request, response, { status, headers, body });
}

function send(request: IncomingMessage, response: ServerResponse, answer: HttpResponse): void {
  const flat = answer.headers.flat();
  // A body that was not read to its end would be taken for the next request on this connection.
  if (!request.complete) flat.push('connection', 'close');
  if (answer.status !== 204) flat.push('content-length', String(Buffer.byteLength(answer.body)));
  response.writeHead(answer.status, flat).end(answer.body);
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBodyBytes) {
        chunks.push(chunk);
        return;
      }
      request.removeAllListeners('data').pause();
      reject(new PawlError('body_too_large', 'request body over the limit'));
    });
    request.once('end', () => {
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
    request.once('close', () => {
      // Every request closes in the end, and an error costs more than the rest of reading the body.
      if (!request.complete) reject(new PawlError('invalid_request', 'the caller broke off'));
    });
  });
}
