/** The part of a web-standard `Request` that is read. */
export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

/** The part of a `node:http` request that is read. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The target before a router cut its own prefix off, as Express and its kin keep it. */
  readonly originalUrl?: string | undefined;
  readonly rawHeaders: readonly string[];
  /** One with a member `encrypted` that is true speaks TLS. */
  readonly socket?: object | undefined;
}

export type IncomingRequest = WebRequest | NodeRequest;

/** A request as the verifier sees it. */
export interface Incoming {
  readonly method: string;
  /** Every value that a header was sent with, by its lower-case name. A web-standard request joins them to one. */
  header(name: string): readonly string[];
  /** The address as the client is assumed to have written it, with a query if there was one. */
  url(): string;
}

/** Reads either kind of request, told apart by shape: the other kind's classes do not exist in every runtime. */
export function incomingOf(request: IncomingRequest): Incoming {
  return 'rawHeaders' in request ? fromNode(request) : fromWeb(request);
}

function fromWeb({ method, url, headers }: WebRequest): Incoming {
  return {
    method,
    header(name) {
      const value = headers.get(name);
      return value === null ? [] : [value];
    },
    url: () => url,
  };
}

function fromNode(request: NodeRequest): Incoming {
  const { method = 'GET', rawHeaders, socket } = request;
  const target = request.originalUrl ?? request.url ?? '/';
  // `headers` of node:http keeps the first of two Authorization headers and says nothing of the second.
  const header = (name: string): readonly string[] => {
    const values: string[] = [];
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const found = rawHeaders[at];
      if (found?.length === name.length && found.toLowerCase() === name)
        values.push(rawHeaders[at + 1] ?? '');
    }
    return values;
  };
  return {
    method,
    header,
    url() {
      const isEncrypted = socket !== undefined && Reflect.get(socket, 'encrypted') === true;
      const scheme = isEncrypted ? 'https' : 'http';
      // HTTP/2 names the host in a pseudo-header.
      const [host = ''] = [...header('host'), ...header(':authority')];
      return target.startsWith('/') ? `${scheme}://${host}${target}` : target;
    },
  };
}
