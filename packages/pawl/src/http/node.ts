import type { IncomingMessage, ServerResponse } from 'node:http';
import { PawlError } from '../errors.js';
import { incomingOf, splitTarget } from '../request/incoming.js';
import { type Arrival, parsedBody } from './arrival.js';
import type { BodySink, BodyStream } from './body-stream.js';
import { type ClientAddress, type HttpRequest, type HttpResponse, maxBodyBytes } from './exchange.js';

/** Carries a Node request to the endpoints and their answer back. Never rejects: `answer` turns errors into answers. */
export async function answerNode(
  request: IncomingMessage,
  response: ServerResponse,
  arrival: Arrival,
  clientAddress: ClientAddress,
  answer: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<void> {
  const { method, header, target } = incomingOf(request);
  const answered = await answer({
    method,
    ...splitTarget(arrival.url ?? target()),
    header,
    address: clientAddress(request.socket.remoteAddress ?? null, header('x-forwarded-for')),
    readBody: () => readBody(request, arrival, header('content-type')),
  });
  send(request, response, answered);
}

function send(request: IncomingMessage, response: ServerResponse, answer: HttpResponse): void {
  const headers = [...answer.headers];
  // A body that was not read to its end would be taken for the next request on this connection.
  if (!request.complete) headers.push(['connection', 'close']);
  if (typeof answer.body !== 'string') {
    writeHeaders(response, answer.status, headers);
    sendStream(response, answer.body);
    return;
  }
  // Of a HEAD only the headers go out, and a length of nothing would contradict the one of GET.
  if (answer.status !== 204 && request.method !== 'HEAD')
    headers.push(['content-length', String(Buffer.byteLength(answer.body))]);
  writeHeaders(response, answer.status, headers);
  response.end(answer.body);
}

function sendStream(response: ServerResponse, body: BodyStream): void {
  const sink: BodySink = {
    write(text) {
      response.write(text);
      return response.writableLength;
    },
    whenTaken(callback) {
      if (response.writableNeedDrain) response.once('drain', callback);
      else callback();
    },
    end: () => response.end(),
  };
  // The headers go out before the first event, so that the caller knows that it is heard.
  response.flushHeaders();
  const stop = body.start(sink);
  if (response.closed) stop();
  else response.once('close', stop);
}

/**
 * Node takes a flat list fastest. But where a framework has set a header before, Node 20 keeps only the last Set-Cookie of such a list, and
 * a wrapper around `writeHead` (on-headers) may not understand one.
 */
function writeHeaders(response: ServerResponse, status: number, headers: HttpResponse['headers']): void {
  if (response.getHeaderNames().length === 0 && !Object.hasOwn(response, 'writeHead')) {
    response.writeHead(status, headers.flat());
    return;
  }
  for (const [name, value] of headers) {
    if (name === 'set-cookie') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}

async function readBody(
  request: IncomingMessage,
  arrival: Arrival,
  contentType: string | null,
): Promise<string> {
  if (arrival.body !== undefined) return parsedBody(arrival.body, contentType);
  // Somebody before us has read the stream, which never says "end" a second time.
  if (request.readableDidRead) return parsedBody('body' in request ? request.body : undefined, contentType);
  if (request.readableEnded) return '';
  if (request.destroyed) throw brokenOff();
  return readStream(request);
}

function readStream(request: IncomingMessage): Promise<string> {
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
      if (!request.complete) reject(brokenOff());
    });
  });
}

function brokenOff(): PawlError {
  return new PawlError('invalid_request', 'the caller broke off');
}
