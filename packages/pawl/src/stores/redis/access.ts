/** One connection to one server. Commands are carried out in the order in which they were sent. */
export interface RedisNode {
  /** Tells one connection from another. */
  readonly connection: object;
  send(command: readonly string[]): Promise<unknown>;
}

/** What the store asks of a client, whatever its maker. Rejections are the client's own errors. */
export interface RedisAccess {
  /** Sends a command to the server that holds the key, following redirections. */
  send(key: string, command: readonly string[]): Promise<unknown>;
  /** Whether a command would be sent now; when not, the client would keep it and send it at any later time. */
  isReady(): boolean;
  /** Starts to connect where that has not begun. Resolves, or rejects, when waiting makes no sense any more. */
  becomeReady(): Promise<void>;
  /** Lends `work` the connection to the primary that holds the key. */
  withNode<Value>(key: string, work: (node: RedisNode) => Promise<Value>): Promise<Value>;
  /** The connection to the server at `host:port`, or null when the client knows none there. */
  nodeAt(address: string): Promise<RedisNode | null>;
  /** A connection to each primary. */
  primaries(): Promise<readonly RedisNode[]>;
  /** A second client to the same servers, which the caller closes. */
  duplicate(): Promise<RedisAccess>;
  close(): void;
}
