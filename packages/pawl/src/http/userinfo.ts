import { checkClaims, type CustomClaims, type JsonValue } from '../authority/custom-claims.js';
import { PawlError } from '../errors.js';

/** Whom `/userinfo` is asked about. */
export interface UserinfoRequest {
  readonly subject: string;
  /** The scope of the token, space-separated. */
  readonly scope: string;
  readonly clientId: string;
  /** Whether the client is the application's own. */
  readonly firstParty: boolean;
}

/** Says of a user what no token needs to carry, such as `preferred_username` (OpenID Connect Core §5.1). */
export type FindUserinfo = (request: UserinfoRequest) => Promise<Readonly<Record<string, JsonValue>>>;

const hook = 'the function userinfo';

/**
 * What the application says of a user.
 *
 * @throws PawlError `claims_unavailable` when the function fails, `option_invalid` when it answers with no object, with a claim of the token, or with
 * more than 8 KiB of JSON
 */
export async function findUserinfo(find: FindUserinfo, request: UserinfoRequest): Promise<CustomClaims> {
  let found: unknown;
  try {
    found = await find(request);
  } catch (cause) {
    throw new PawlError('claims_unavailable', `${hook} failed`, { cause });
  }
  return checkClaims(hook, found);
}
