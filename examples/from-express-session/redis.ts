import { createClient } from 'redis';

/** One client serves connect-redis and Pawl: their keys begin with `sess:` and `pawl:`. */
export async function connectRedis(url: string) {
  return createClient({ url })
    .on('error', (error: unknown) => {
      console.error('redis:', error);
    })
    .connect();
}

export type Redis = Awaited<ReturnType<typeof connectRedis>>;
