import { PawlError } from '../errors.js';
import { incomingOf, splitTarget } from '../request/incoming.js';
import { type Arrival, parsedBody } from './arrival.js';
import type { BodyStream } from './body-stream.js';
import { type ClientAddress, type HttpRequest, type HttpResponse, maxBodyBytes } from './exchange.js';

/** Carries a web-standard request to the endpoints and their answer back. */
export async function answerFetch(
  request: Request,
  peer: string | null,
  arrival: Arrival,
  clientAddress: ClientAddress,
  answer: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<Response> {
  const { method, header, target } = incomingOf(request);
  const response = await answer({
    method,
    ...splitTarget(arrival.url ?? target()),
    header,
    address: clientAddress(peer, header('x-forwarded-for')),
    readBody: () => readBody(request, arrival),
  });
  const answered = new Headers();
  for (const [name, value] of response.headers) answered.append(name, value);
  const body = typeof response.body === 'string' ? response.body : readableOf(response.body);
  return new Response(body === '' ? null : body, {
    status: response.status,
    headers: answered,
  });
}

/** Bytes that wait inside the stream; what is beyond is told to who writes. */
const highWaterMarkBytes = 16_384;

function readableOf(body: BodyStream): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let waiting: (() => void) | null = null;
  let stop: () => void = () => undefined;
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const untaken = (): number => highWaterMarkBytes - (controller.desiredSize ?? highWaterMarkBytes);
        stop = body.start({
          write(text) {
            if (!isOver) controller.enqueue(encoder.encode(text));
            return untaken();
          },
          whenTaken(callback) {
            if (untaken() < highWaterMarkBytes) callback();
            else waiting = callback;
          },
          end() {
            if (!isOver) controller.close();
            isOver = true;
          },
        });
      },
      // Called when there is room again.
      pull() {
        const callback = waiting;
        waiting = null;
        callback?.();
      },
      cancel() {
        isOver = true;
        stop();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: highWaterMarkBytes }),
  );
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
