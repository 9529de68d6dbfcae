/** Where a streamed body goes. */
export interface BodySink {
  /** Sends a text. Returns how many bytes the caller has not taken yet. */
  write(text: string): number;
  /** Calls back once when the caller has taken everything; at once when that is so already. */
  whenTaken(callback: () => void): void;
  /** Ends the body. */
  end(): void;
}

/** A body that is written bit by bit, for as long as the caller stays. */
export interface BodyStream {
  /** Begins to write. Returns what is called when the caller has gone, or the body has ended. */
  start(sink: BodySink): () => void;
}
