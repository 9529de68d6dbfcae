import { createClient } from 'redis';

/** One client serves connect-redis and Pawl: their keys begin with `sess:` and `pawl:`. */
export async function connectRedis(port: number) {
  return createClient({ socket: { host: '127.0.0.1', port } })
    .on('error', (error: unknown) => {
      console.error('redis:', error);
    })
    .connect();
}

export type Redis = Awaited<ReturnType<typeof connectRedis>>;
