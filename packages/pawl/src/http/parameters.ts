import { PawlError } from '../errors.js';

/** One parameter of a route: text, or a flag (true or false). */
export interface ParameterSpec {
  /** `one`: repeating it is refused. */
  readonly count: 'one' | 'many';
  readonly type: 'text' | 'flag';
  readonly required: boolean;
  readonly description: string;
  /** What it may be, where that is a short list. */
  readonly values?: readonly string[];
}

type SpecDetails = Partial<Pick<ParameterSpec, 'required' | 'type' | 'values'>>;

/** A parameter that may occur once. */
export function one(description: string, details: SpecDetails = {}): ParameterSpec {
  return { count: 'one', type: 'text', required: false, description, ...details };
}

/** A parameter that may be repeated. */
export function many(description: string, details: Pick<SpecDetails, 'required'> = {}): ParameterSpec {
  return { count: 'many', type: 'text', required: false, description, ...details };
}

/** The parameters of one request. A route can ask for those that it names. */
export interface Parameters<Name extends string = string> {
  /** A text, or null when it is absent. */
  optional(name: Name): string | null;
  /** @throws PawlError `invalid_request` naming the parameter when it is absent or empty */
  required(name: Name): string;
  /** Every text of a parameter that may be repeated, in order. */
  all(name: Name): readonly string[];
  /** True or false, or null when it is absent. */
  flag(name: Name): boolean | null;
  /** Everything that was sent, also what the route does not name: of JSON as it was, of a form and a query the first text of each name. */
  members(): Readonly<Record<string, unknown>>;
}

/** The error of a request with credentials in more than one place, of which nobody can say which ones count. */
export function severalCredentials(): PawlError {
  return malformed('The request holds more than one access token or credential.');
}

/** An `invalid_request` with a sentence for the caller, which must not quote a value that was sent. */
export function malformed(detail: string): PawlError {
  return new PawlError('invalid_request', detail, { detail });
}
