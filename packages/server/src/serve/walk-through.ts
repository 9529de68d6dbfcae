import type { Policy } from 'pawl';
import { demoName } from './first-user.js';

export interface WalkThrough {
  /** The server's address, without a slash at the end. */
  readonly address: string;
  /** The new password of the first user; null when it was shown before. */
  readonly password: string | null;
  readonly policy: Policy;
}

/**
 * The story of a caught thief as lines for bash: they work when they are pasted as they are, in one piece or one by one.
 * Lines that begin with `#` tell what the next ones show.
 */
export function walkThrough({ address, password, policy }: WalkThrough): readonly string[] {
  const post = (path: string, body: string): string =>
    `curl -sS ${address}${path} -H 'Content-Type: application/json' -d "${body}"`;
  const member = (name: string): string => `sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/'`;
  const json = (members: Readonly<Record<string, string>>): string =>
    `{${Object.entries(members)
      .map(([name, value]) => `\\"${name}\\":\\"${value}\\"`)
      .join(',')}}`;
  const refresh = (token: string): string => post('/refresh', json({ refresh_token: token }));
  const bearer = `-H "Authorization: Bearer $ACCESS"`;

  return [
    ...(password === null
      ? [
          `# The password of ${demoName} was shown at the first start; "user passwd ${demoName}" sets another one.`,
        ]
      : []),
    `PASSWORD='${password ?? '<password>'}'`,
    '# 1. Log in, and keep the tokens.',
    `TOKENS=$(${post('/login', json({ username: demoName, password: '$PASSWORD', device: 'my terminal' }))}); echo "$TOKENS"`,
    `ACCESS=$(echo "$TOKENS" | ${member('access_token')}); OLD=$(echo "$TOKENS" | ${member('refresh_token')})`,
    '# 2. Who am I, and where am I logged in?',
    `curl -sS ${address}/userinfo ${bearer}; echo`,
    `curl -sS ${address}/sessions ${bearer}; echo`,
    '# 3. Refresh: a new token, and the old one is retired.',
    `TOKENS=$(${refresh('$OLD')}); echo "$TOKENS"`,
    `ACCESS=$(echo "$TOKENS" | ${member('access_token')}); NEW=$(echo "$TOKENS" | ${member('refresh_token')})`,
    ...retryLines(policy, refresh),
    ...(policy.resilient
      ? ['# The new token is used, so its answer was not lost.', `${refresh('$NEW')}; echo`]
      : []),
    `# ${policy.windowSeconds === 0 ? 4 : 5}. The old token again: somebody holds a copy. Every session of ${demoName} ends.`,
    `${refresh('$OLD')}; echo`,
    '# The new tokens are dead too.',
    `curl -sS -i ${address}/userinfo ${bearer}; echo`,
    `${refresh('$NEW')}; echo`,
  ];
}

function retryLines({ windowSeconds }: Policy, refresh: (token: string) => string): readonly string[] {
  if (windowSeconds === 0) return [];
  return [
    `# 4. The old token again within ${windowSeconds} s, as two tabs or a retry do: answered, and nobody is logged out.`,
    `${refresh('$OLD')} -i; echo`,
    `# Wait until the window of ${windowSeconds} s is over.`,
    `sleep ${windowSeconds + 1}`,
  ];
}
