import { type Binding, unbound } from '../rotation/binding.js';

/** The way on which tokens come and go. */
export type Transport = 'body' | 'cookie';

/** What a proof by the key with this thumbprint shows on a transport; without a key, nothing. */
export function bindingShown(jkt: string | undefined, transport: Transport = 'body'): Binding {
  return jkt === undefined ? unbound : { kind: transport === 'cookie' ? 'cookie' : 'dpop', jkt };
}

/** The `cnf.jkt` of the access tokens of a session with this binding; null for none. A cookie brings no proof, so a key shown with one is not in them. */
export function confirmationOf(binding: Binding): string | null {
  return binding.kind === 'dpop' ? binding.jkt : null;
}

/** RFC 9449 §5: what a client is told about the tokens of a session. */
export function tokenTypeOf({ kind }: Binding): 'Bearer' | 'DPoP' {
  return kind === 'dpop' || kind === 'cookie' ? 'DPoP' : 'Bearer';
}
