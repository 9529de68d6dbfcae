import type { EpochSeconds, SessionInfo } from 'pawl';
import type { BrowserSession } from 'pawl/http';
import { deviceName } from '../device-name.js';
import { DeviceFacts, DeviceTitle } from './device.js';
import { Layout, Note, type View } from './layout.js';

export interface DevicesPageProps {
  readonly base: string;
  readonly caller: BrowserSession;
  /** What the caller is called by. */
  readonly name: string;
  /** This one among them. */
  readonly sessions: readonly SessionInfo[];
  readonly places: ReadonlyMap<string, string>;
  readonly notice: string | null;
  readonly now: EpochSeconds;
}

/** Every device that is logged in. */
export function DevicesPage({ base, caller, name, sessions, places, notice, now }: DevicesPageProps): View {
  const isCurrent = ({ id }: SessionInfo): boolean => id === caller.sessionId;
  const others = sessions.filter((session) => !isCurrent(session));
  return (
    <Layout title="Your devices" base={base} name={name}>
      <h1>Your devices</h1>
      {notice === null ? null : <Note text={notice} tone="good" />}
      <p class="lead">
        Everywhere you are logged in. A bound session is tied to a key of its device, so that a copy of its
        tokens is worth nothing.
      </p>
      <ul class="devices">
        {[...sessions.filter(isCurrent), ...others].map((session) => (
          <li class="card">
            <h2>
              <DeviceTitle session={session} isCurrent={isCurrent(session)} />
            </h2>
            <DeviceFacts
              session={session}
              isCurrent={isCurrent(session)}
              place={places.get(session.id) ?? null}
              now={now}
            />
            <Actions base={base} session={session} isCurrent={isCurrent(session)} />
          </li>
        ))}
      </ul>
      {others.length === 0 ? null : (
        <form method="post" action={`${base}/end-others`} class="all">
          <button type="submit" class="danger">
            Log out everywhere else
          </button>
          <span>
            {others.length === 1 ? 'Ends the other session.' : `Ends the other ${others.length} sessions.`}
          </span>
        </form>
      )}
    </Layout>
  );
}

function Actions({
  base,
  session,
  isCurrent,
}: {
  readonly base: string;
  readonly session: SessionInfo;
  readonly isCurrent: boolean;
}): View {
  const name = deviceName(session.device);
  return (
    <div class="actions">
      <a class="button" href={`${base}/sessions/${session.id}`} aria-label={`History of ${name}`}>
        History
      </a>
      {isCurrent ? null : (
        <form method="post" action={`${base}/end`}>
          <input type="hidden" name="session" value={session.id} />
          <button type="submit" aria-label={`Log out ${name}`}>
            Log out
          </button>
        </form>
      )}
    </div>
  );
}
