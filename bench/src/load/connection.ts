import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const headEnd = Buffer.from('\r\n\r\n');
const lengthPattern = /\r\ncontent-length: *(\d+)/i;

/** A kept-alive HTTP/1.1 connection without any client library, so that the load costs less than the server it loads. */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #onAnswer: (answer: Answer) => void = () => undefined;

  constructor(port: number, onLost: (reason: string) => void) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => onLost(error.message));
    this.#socket.on('close', () => onLost('the server closed the connection'));
  }

  /** One request at a time. The callback saves the promise and its turn of the microtask queue. */
  post(path: string, contentType: string, body: string, onAnswer: (answer: Answer) => void): void {
    this.send(
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${contentType}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      onAnswer,
    );
  }

  /** Sends a whole request as it is, likewise one at a time. */
  send(request: string, onAnswer: (answer: Answer) => void): void {
    this.#onAnswer = onAnswer;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(headEnd);
    if (end === -1) return;
    const head = this.#received.toString('latin1', 0, end);
    const bodyStart = end + headEnd.length;
    const length = lengthPattern.exec(head)?.[1];
    const found =
      length === undefined
        ? chunkedBody(this.#received, bodyStart)
        : bodyOfLength(this.#received, bodyStart, Number(length));
    if (found === null) return;
    this.#received = this.#received.subarray(found.end);
    this.#onAnswer({ status: Number(head.slice(9, 12)), body: found.body });
  }
}

interface Body {
  readonly body: string;
  /** Where the answer ends. */
  readonly end: number;
}

/** Null while a part is missing. */
function bodyOfLength(received: Buffer, start: number, length: number): Body | null {
  const end = start + length;
  return received.length < end ? null : { body: received.toString('utf8', start, end), end };
}

/** Without a length the body comes in chunks, the last of which is empty. Null while a part is missing. */
function chunkedBody(received: Buffer, start: number): Body | null {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = received.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const length = Number.parseInt(received.toString('latin1', at, lineEnd), 16);
    const chunkStart = lineEnd + 2;
    at = chunkStart + length + 2;
    if (received.length < at) return null;
    if (length === 0) return { body: Buffer.concat(chunks).toString(), end: at };
    chunks.push(received.subarray(chunkStart, chunkStart + length));
  }
}
