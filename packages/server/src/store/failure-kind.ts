/** What the kinds mean that an operator can do something about. */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'the host name is unknown',
  ETIMEDOUT: 'no answer from the host',
  EHOSTUNREACH: 'there is no way to the host',
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  SELF_SIGNED_CERT_IN_CHAIN:
    "the server's certificate is not trusted; NODE_EXTRA_CA_CERTS names more authorities",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "the server's certificate is not trusted; NODE_EXTRA_CA_CERTS names more authorities",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "the server's certificate is not trusted; NODE_EXTRA_CA_CERTS names more authorities",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another name",
  WRONGPASS: 'the user or the password is wrong',
  NOAUTH: 'a password is needed',
  NOPERM: 'the user may not do that',
  MOVED: 'it is a node of a cluster: use redis-cluster://',
  LOADING: 'it is still reading its files',
  READONLY: 'it is a replica, which only reads',
  OOM: 'its memory is full',
  MISCONF: 'it cannot write to its disk',
  CLUSTERDOWN: 'the cluster is not complete',
  '28P01': 'the user or the password is wrong',
  '28000': 'the user may not connect from here',
  '3D000': 'there is no such database',
  '42501': 'the user may not do that',
  '53300': 'it has no connection left',
  '57P03': 'it is starting or stopping',
};

/**
 * What is known of a failure without quoting anything: a system code, an SQLSTATE, the first word of an answer of Redis, or the name of
 * the error's class. Clients hang commands, addresses and values on their errors.
 */
export function failureKind(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, lastNodeError, cause } = error as Error & {
    readonly code?: unknown;
    readonly lastNodeError?: unknown;
  };
  const inner = [
    lastNodeError,
    cause,
    ...(error instanceof AggregateError ? (error.errors as readonly unknown[]) : []),
  ].find((each) => each instanceof Error);
  if (typeof code === 'string' && /^[A-Z0-9_]{4,60}$/.test(code)) return code;
  const [word] = /^[A-Z]{2,}\b/.exec(error.message) ?? [];
  if (word !== undefined) return word;
  return inner === undefined ? error.name : failureKind(inner);
}

/** `nobody listens there (ECONNREFUSED)`, or the kind alone. */
export function explainKind(kind: string): string {
  const meaning = meanings[kind];
  return meaning === undefined ? kind : `${meaning} (${kind})`;
}
