// What the bench uses of oidc-provider, which brings no types along.
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export interface Stored {
    grantId?: string;
    consumed?: number;
  }

  export interface Adapter {
    upsert(id: string, payload: Stored, expiresIn?: number): Promise<void>;
    find(id: string): Promise<Stored | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  export interface Client {
    readonly clientId: string;
  }

  export interface Grant {
    addResourceScope(resource: string, scope: string): void;
    save(ttlSeconds: number): Promise<string>;
  }

  export interface RefreshToken {
    save(): Promise<string>;
  }

  export class Provider {
    constructor(issuer: string, configuration: object);
    readonly Client: { find(id: string): Promise<Client | undefined> };
    readonly Grant: new (
      values: object,
    ) => Grant;
    readonly RefreshToken: new (
      values: object,
    ) => RefreshToken;
    callback(): RequestListener;
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): void;
  }
}
