import { type Policy, type PolicyName, policies } from 'pawl/rotation';
import type { Config } from './config.js';

type Chosen = Pick<Config, 'policy' | 'cookiePolicy'>;

/** Of tokens in a body, and of those by cookie. */
export interface ByTransport<Value> {
  readonly policy: Value;
  readonly cookiePolicy: Value;
}

/** The presets that the options stand for. */
export function presetsOf({ policy, cookiePolicy }: Chosen): ByTransport<PolicyName> {
  return { policy: policy ?? 'balanced', cookiePolicy: cookiePolicy ?? policy ?? 'resilient' };
}

/** The rotation policies that the options stand for. */
export function policiesOf(config: Chosen & Pick<Config, 'windowSeconds' | 'onReuse'>): ByTransport<Policy> {
  const { windowSeconds, onReuse } = config;
  const policyFrom = (preset: PolicyName): Policy => {
    const policy = { ...policies[preset], onReuse };
    return windowSeconds === null ? policy : { ...policy, windowSeconds };
  };
  const { policy, cookiePolicy } = presetsOf(config);
  return { policy: policyFrom(policy), cookiePolicy: policyFrom(cookiePolicy) };
}
