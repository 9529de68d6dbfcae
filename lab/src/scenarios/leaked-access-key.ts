import { hour, type Expectation, minute, type Scenario } from './scenario.js';

const endsWithTheKey: Expectation = {
  promise: 'P6',
  user: 'stays in',
  thief: { atMostSeconds: hour },
  note: 'whoever holds the private key signs access tokens until the key is marked as compromised; then every verifier refuses them at once and clients refresh',
};

/** The private key that signs access tokens; an hour later the operator notices and replaces the signing secrets. */
export const leakedAccessKey: Scenario = {
  name: 'leaked-access-key',
  title: 'leaked signing key, replaced after 1 h, 10 users at work',
  question: 'Can a leaked signing secret be replaced without logging everybody out?',
  expected: {
    strict: endsWithTheKey,
    balanced: endsWithTheKey,
    resilient: endsWithTheKey,
    // A token of a bound session names the session's key, which the thief cannot use.
    bound: { promise: 'P4', user: 'stays in', thief: 'never in' },
  },
  async play(stage) {
    const names = Array.from({ length: 10 }, (_, index) => `user-${index + 1}`);
    const users = names.map((name) => stage.addDevice({ name, subject: name }));
    await stage.world.all(users.map((user) => () => user.logIn()));
    const forged = await stage.service.forgeAccessTokens('user-1', stage.thief.ownKey.thumbprint);
    if (forged === null) {
      stage.measure('nothing to leak');
      return;
    }
    const loot = { accessTokens: forged, refreshTokens: [] };
    stage.thief.take('user-1', loot, 'access tokens signed with our key');
    const leakedAt = stage.world.elapsedSeconds();
    await stage.world.all([
      () => stage.thief.persist(3 * hour),
      ...users.map((user) => () => user.work(3 * hour, 5 * minute)),
      async () => {
        await stage.world.sleepUntil(leakedAt + hour);
        await stage.operate('replaces the leaked secrets', (service) => service.replaceLeakedSecrets());
      },
    ]);
  },
};
