/** The part of a refresh token that moves. */
export interface Token {
  readonly generation: number;
  readonly fork: number;
}

/** Something between the client and the server. `retry`: a 503, and then the pause until the client sends again what it holds by then. */
export interface Message {
  readonly kind: 'request' | 'answer' | 'retry';
  /** Null in a retry. */
  readonly token: Token | null;
  /** Delivered (or lost, where loss is allowed) before the clock passes this instant. */
  readonly dueAt: number;
}

/** Above 0 when `a` is the newer token. */
export function compareTokens(a: Token, b: Token): number {
  return a.generation - b.generation || a.fork - b.fork;
}

export function plus(messages: readonly Message[], added: Message): Message[] {
  return [...messages, added].sort(compareMessages);
}

export function minus(messages: readonly Message[], removed: Message): Message[] {
  const index = messages.findIndex((candidate) => compareMessages(candidate, removed) === 0);
  if (index < 0) throw new Error('a message can only arrive once');
  return messages.toSpliced(index, 1);
}

/** Each message once, however often it is under way. */
export function distinct(messages: readonly Message[]): Message[] {
  return messages.filter((message, index) => {
    const previous = messages[index - 1];
    return previous === undefined || compareMessages(previous, message) !== 0;
  });
}

const order = { answer: 0, request: 1, retry: 2 };
const nothing: Token = { generation: 0, fork: 0 };

function compareMessages(a: Message, b: Message): number {
  const kinds = order[a.kind] - order[b.kind];
  // Two unbounded deadlines differ by NaN, which counts as no difference here.
  return kinds || compareTokens(a.token ?? nothing, b.token ?? nothing) || a.dueAt - b.dueAt || 0;
}
