/** A client that the server made, and has to end. */
export interface StoreClient<Client> {
  readonly client: Client;
  /** To be called after the store on it was closed. Ends within a second. */
  close(): Promise<void>;
}
