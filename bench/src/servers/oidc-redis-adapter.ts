import type { Redis } from 'ioredis';
import type { Adapter, Stored } from 'oidc-provider';

type AdapterFactory = (model: string) => Adapter;

/** Records of these models are marked when they are used: a hash each, so that the mark is one write. */
const consumable = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode']);

/** Records of these models end with their grant: a list for each grant names them. */
const granted = new Set([...consumable, 'AccessToken']);

/**
 * oidc-provider's storage in Redis, as its documentation asks for: a key per record that expires with it. Look-ups by
 * user code and by uid, which no refresh makes, are left out.
 */
export function createRedisAdapters(redis: Redis): AdapterFactory {
  return (model) => {
    const keyOf = (id: string): string => `oidc:${model}:${id}`;
    return {
      async upsert(id, payload, expiresIn) {
        const key = keyOf(id);
        const steps = redis.multi();
        if (consumable.has(model)) steps.hset(key, 'payload', JSON.stringify(payload));
        else steps.set(key, JSON.stringify(payload));
        if (expiresIn !== undefined) steps.expire(key, expiresIn);
        if (granted.has(model) && payload.grantId !== undefined) {
          steps.rpush(grantKey(payload.grantId), key);
          if (expiresIn !== undefined) steps.expire(grantKey(payload.grantId), expiresIn);
        }
        await steps.exec();
      },
      async find(id) {
        if (!consumable.has(model)) return parsed(await redis.get(keyOf(id)));
        const { payload, consumed } = await redis.hgetall(keyOf(id));
        const stored = parsed(payload ?? null);
        return stored === undefined || consumed === undefined
          ? stored
          : { ...stored, consumed: Number(consumed) };
      },
      async consume(id) {
        await redis.hset(keyOf(id), 'consumed', Math.floor(Date.now() / 1000));
      },
      async destroy(id) {
        await redis.del(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        const keys = await redis.lrange(grantKey(grantId), 0, -1);
        await redis.del(grantKey(grantId), ...keys);
      },
    };
  };
}

function grantKey(grantId: string): string {
  return `oidc:grant:${grantId}`;
}

function parsed(text: string | null): Stored | undefined {
  return text === null ? undefined : (JSON.parse(text) as Stored);
}
