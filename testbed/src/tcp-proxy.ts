import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';

const host = '127.0.0.1';

/** A loopback port in front of another, where a test decides what becomes of the connections. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #onAnswer: ((answer: Buffer, client: Socket) => void) | null = null;
  /** How often somebody sent something after an answer, or at first. */
  roundTrips = 0;
  bytesSent = 0;
  bytesAnswered = 0;

  private constructor(targetPort: number) {
    this.#server = createServer((client) => this.#join(client, connect({ host, port: targetPort })));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    proxy.#server.listen(await freePort(), host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get host(): string {
    return host;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection without a farewell. New ones are let through. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Keeps answers back from now on; resolves when there was one. */
  withholdAnswers(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = () => resolve();
    });
  }

  /** Lets half of the next answer through and cuts its connection; resolves then. */
  cutNextAnswer(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = (answer, client) => {
        this.#onAnswer = null;
        client.write(answer.subarray(0, Math.ceil(answer.length / 2)), () => {
          client.resetAndDestroy();
          resolve();
        });
      };
    });
  }

  /** Lets answers through again; what was kept back stays lost. */
  passAnswers(): void {
    this.#onAnswer = null;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #join(client: Socket, target: Socket): void {
    let isAnswered = true;
    client.on('data', (sent) => {
      if (isAnswered) this.roundTrips += 1;
      isAnswered = false;
      this.bytesSent += sent.length;
      target.write(sent);
    });
    target.on('data', (answer) => {
      isAnswered = true;
      this.bytesAnswered += answer.length;
      if (this.#onAnswer === null) client.write(answer);
      else this.#onAnswer(answer, client);
    });
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(socket.setNoDelay());
      socket.on('end', () => other.end());
      // What the other side wrote meanwhile has nowhere to go.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
