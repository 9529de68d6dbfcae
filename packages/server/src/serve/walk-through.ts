import type { Mode, Policy } from 'pawl';
import { demoName } from './first-user.js';

export interface WalkThrough {
  /** The server's address, without a slash at the end. */
  readonly address: string;
  /** The new password of the first user; null when it was shown before. */
  readonly password: string | null;
  readonly mode: Mode;
  readonly policy: Policy;
}

/**
 * A story as lines for bash: they work when they are pasted as they are, in one piece or one by one. Lines that begin with `#` tell what the next
 * ones show.
 */
export function walkThrough(about: WalkThrough): readonly string[] {
  const { mode, password } = about;
  return [
    ...(password === null
      ? [
          `# The password of ${demoName} was shown at the first start; "user passwd ${demoName}" sets another one.`,
        ]
      : []),
    `PASSWORD='${password ?? '<password>'}'`,
    ...(mode === 'session' ? sessionStory(about) : tokenStory(about)),
  ];
}

function post(url: string, members: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(members).map(([name, value]) => `\\"${name}\\":\\"${value}\\"`);
  return `curl -sS ${url} -H 'Content-Type: application/json' -d "{${pairs.join(',')}}"`;
}

function member(name: string): string {
  return `sed 's/.*"${name}":"\\([^"]*\\)".*/\\1/'`;
}

function login(address: string, device: string): string {
  return post(`${address}/login`, { username: demoName, password: '$PASSWORD', device });
}

/** Two devices, of which one ends the other. */
function sessionStory({ address }: WalkThrough): readonly string[] {
  const bearer = (name: string): string => `-H "Authorization: Bearer $${name}"`;
  return [
    '# 1. Log in on two devices, and keep the session tokens.',
    `LOGIN=$(${login(address, 'my terminal')}); echo "$LOGIN"`,
    `MINE=$(echo "$LOGIN" | ${member('session_token')})`,
    `OTHER=$(${login(address, 'a lost phone')} | ${member('session_token')})`,
    '# 2. Who am I, and where am I logged in?',
    `curl -sS ${address}/userinfo ${bearer('MINE')}; echo`,
    `curl -sS ${address}/sessions ${bearer('MINE')}; echo`,
    '# 3. End all other sessions: the phone is out at once.',
    `curl -sS -X DELETE ${address}/sessions ${bearer('MINE')}`,
    `curl -sS -i ${address}/userinfo ${bearer('OTHER')}; echo`,
    '# 4. Log out.',
    `curl -sS -X POST ${address}/logout ${bearer('MINE')}`,
    `curl -sS -i ${address}/userinfo ${bearer('MINE')}; echo`,
  ];
}

/** A caught thief. */
function tokenStory({ address, policy }: WalkThrough): readonly string[] {
  const refresh = (token: string): string => post(`${address}/refresh`, { refresh_token: token });
  const bearer = `-H "Authorization: Bearer $ACCESS"`;

  return [
    '# 1. Log in, and keep the tokens.',
    `TOKENS=$(${login(address, 'my terminal')}); echo "$TOKENS"`,
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
    `# ${policy.windowSeconds === 0 ? 4 : 5}. The old token again: somebody holds a copy. ${policy.onReuse === 'subject' ? `Every session of ${demoName}` : 'The session'} ends.`,
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
