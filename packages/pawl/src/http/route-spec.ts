import type { ErrorCode } from '../errors.js';
import type { ParameterSpec } from './parameters.js';

/** A JSON Schema, as far as OpenAPI 3.1 takes it. */
export interface Schema {
  /** Names the schema in the components of the document, where every place that holds it refers to. A name stands for one schema. */
  readonly title?: string;
  readonly type?: SchemaType | readonly SchemaType[];
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly const?: string | boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly anyOf?: readonly Schema[];
}

type SchemaType = 'string' | 'integer' | 'boolean' | 'array' | 'object' | 'null';

/** One answer that is no error of the catalogue. A route may have several of one status. */
export interface AnswerSpec {
  readonly status: number;
  readonly description: string;
  /** Absent for no body. */
  readonly body?: { readonly type: string; readonly schema?: Schema };
  /** Headers worth knowing, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a route takes and what it answers. */
export interface RouteSpec<Name extends string = string> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the issuer's path; the last segment may be `{id}`. */
  readonly path: string;
  readonly summary: string;
  /** Who may call it: `session` with an access token, a session token or their cookie, `client` with the secret of a registered client. */
  readonly caller: 'anybody' | 'session' | 'client';
  /** `bearer`: a token that is bound to a key is refused, whatever proof comes with it. For a `session`; default `both`. */
  readonly accepts?: 'both' | 'bearer';
  /** Where its parameters stand. A body that is not there counts as one without parameters. */
  readonly takes: 'nothing' | 'query' | 'json' | 'form';
  readonly parameters: Readonly<Record<Name, ParameterSpec>>;
  /** Whether parameters that it does not know, and empty ones, are refused. Others are ignored. Default false. */
  readonly strict?: boolean;
  /** Headers of the request that matter, with what they say, besides those of {@link requestHeadersOf}. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly answers: readonly AnswerSpec[];
  /** Errors besides those that every route of its kind has, see {@link errorsOf}. */
  readonly errors: readonly ErrorCode[];
  /** The specification that it follows. */
  readonly specification?: string;
  /** Lines of a shell that call it on http://localhost:3000, for the reference; its first lines set what they use. */
  readonly example?: string;
}

const withParameters: readonly ErrorCode[] = ['invalid_request'];
const withBody: readonly ErrorCode[] = ['invalid_request', 'body_too_large'];
const withSession: readonly ErrorCode[] = ['invalid_request', 'invalid_token', 'cross_site_request'];
const withProof: readonly ErrorCode[] = ['token_unproven'];
const withClient: readonly ErrorCode[] = ['invalid_request', 'invalid_client', 'too_many_attempts'];

const proofHeader = { DPoP: 'a proof (RFC 9449), for a token that is bound to a key' } as const;

/** Every header of the request that matters to a route, with what it says; those that say who calls are described as a whole. */
export function requestHeadersOf(route: RouteSpec): Readonly<Record<string, string>> {
  const { caller, accepts = 'both', requestHeaders = {} } = route;
  return caller === 'session' && accepts === 'both' ? { ...proofHeader, ...requestHeaders } : requestHeaders;
}

/** Every error that a route may end with, those of its kind included, but `internal`. */
export function errorsOf(route: RouteSpec): readonly ErrorCode[] {
  const { caller, takes, accepts = 'both' } = route;
  return [
    ...new Set<ErrorCode>([
      ...(takes === 'query' ? withParameters : takes === 'nothing' ? [] : withBody),
      ...(caller === 'session' ? withSession : caller === 'client' ? withClient : []),
      ...(caller === 'session' && accepts === 'both' ? withProof : []),
      ...route.errors,
    ]),
  ];
}
