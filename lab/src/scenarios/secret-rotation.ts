import { hour, type Expectation, minute, type Scenario } from './scenario.js';

const unnoticed: Expectation = { promise: 'P6', user: 'stays in' };

/** Twenty people work while the operator replaces every signing secret, twice. */
export const secretRotation: Scenario = {
  name: 'secret-rotation',
  title: 'every secret rotated live, 20 users at work',
  question: 'Can secrets be replaced as a routine, without a maintenance window?',
  expected: { strict: unnoticed, balanced: unnoticed, resilient: unnoticed, bound: unnoticed },
  async play(stage) {
    const names = Array.from({ length: 20 }, (_, index) => `user-${index + 1}`);
    const users = names.map((name) => stage.addDevice({ name, subject: name }));
    await stage.world.all([
      ...users.map((user) => async () => {
        await user.logIn();
        await user.work(4 * hour, 7 * minute);
      }),
      async () => {
        for (const at of [hour, 2 * hour]) {
          await stage.world.sleepUntil(at);
          await stage.operate('rotates every secret', (service) => service.rotateSecrets());
        }
      },
    ]);
  },
};
