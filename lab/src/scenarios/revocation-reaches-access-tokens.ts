import { hour, type Expectation, minute, type Scenario } from './scenario.js';

const atOnce: Expectation = { promise: 'P5', user: 'logs in again', thief: 'never in' };

/** The thief holds nothing but a fresh access token when the operator ends the sessions of its subject. */
export const revocationReachesAccessTokens: Scenario = {
  name: 'revocation-reaches-access-tokens',
  title: 'access token of a revoked user',
  question: 'How long does an access token outlive its session?',
  expected: {
    strict: atOnce,
    balanced: atOnce,
    resilient: atOnce,
    bound: { promise: 'P5', user: 'logs in again', thief: 'never in' },
  },
  async play(stage) {
    const user = stage.addDevice();
    await user.logIn();
    const { accessToken } = user.tokens();
    const loot = { accessTokens: [accessToken], refreshTokens: [] };
    stage.thief.take('alice', loot, 'a copy of the access token');
    await stage.operate('ends every session of alice', (service) => service.revokeSubject('alice'));
    stage.thief.countFromNow();
    await stage.thief.persist(stage.world.elapsedSeconds() + hour);
    await stage.world.sleep(minute);
    await user.use();
  },
};
