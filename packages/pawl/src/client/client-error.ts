/** What a {@link ClientError} is about; docs/client.md says when each occurs and what to do. */
export type ClientErrorCode = 'unavailable' | 'not-bound' | 'option-invalid' | 'insecure-context';

/**
 * The only error class of `pawl/client`. No message holds a token or a part of one. A network error of the call that `fetch` carries
 * stays the `TypeError` of the runtime.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
