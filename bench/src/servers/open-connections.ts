import type { ServerOptions } from 'node:http';

/**
 * Options of a server whose connections stay open while others have their turn. Without the last two, Node closes one that has not sent a request
 * within a minute: on a busy machine the other candidates take longer to start.
 */
export const openConnections: ServerOptions = { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 };
