import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from '../../../src/http/index.js';

/** What a server calls for each request. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** One way of mounting the handler, at /auth, in a framework. */
export interface Mount {
  readonly name: string;
  readonly listener: (auth: Handler) => Listener | Promise<Listener>;
}
