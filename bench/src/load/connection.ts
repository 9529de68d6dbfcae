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
    this.#onAnswer = onAnswer;
    this.#socket.write(
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${contentType}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
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
    const length = lengthPattern.exec(head)?.[1];
    // A body of unknown length would have to be decoded: no candidate sends one for these requests.
    if (length === undefined) throw new Error(`an answer without content-length: ${head}`);
    const bodyStart = end + headEnd.length;
    const bodyEnd = bodyStart + Number(length);
    if (this.#received.length < bodyEnd) return;
    const body = this.#received.toString('utf8', bodyStart, bodyEnd);
    this.#received = this.#received.subarray(bodyEnd);
    this.#onAnswer({ status: Number(head.slice(9, 12)), body });
  }
}
