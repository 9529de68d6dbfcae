import type { EpochSeconds, SessionInfo } from 'pawl';
import { deviceName } from '../device-name.js';
import { absoluteTime, machineTime, relativeTime } from '../instant.js';
import type { View } from './layout.js';

export interface DeviceProps {
  readonly session: SessionInfo;
  readonly isCurrent: boolean;
  /** Where its owner logged in from; null when that is not known. */
  readonly place: string | null;
  readonly now: EpochSeconds;
}

/** An instant in words, with the exact time behind it. */
function Time({ at, now }: { readonly at: EpochSeconds; readonly now: EpochSeconds }): View {
  return (
    <time datetime={machineTime(at)} title={absoluteTime(at)}>
      {relativeTime(at, now)}
    </time>
  );
}

/** The name of a device and what marks it. */
export function DeviceTitle({ session, isCurrent }: Pick<DeviceProps, 'session' | 'isCurrent'>): View {
  return (
    <>
      <span class="name">{deviceName(session.device)}</span>
      {isCurrent ? <span class="badge here">This device</span> : null}
      {session.binding === 'none' ? (
        <span class="badge">Not bound</span>
      ) : (
        <span class="badge bound">Bound</span>
      )}
    </>
  );
}

/** What is known of one session. */
export function DeviceFacts({ session, place, now }: DeviceProps): View {
  return (
    <dl class="facts">
      <div>
        <dt>Last seen</dt>
        <dd>
          <Time at={session.lastRefreshedAt ?? session.createdAt} now={now} />
        </dd>
      </div>
      <div>
        <dt>Logged in</dt>
        <dd>
          <Time at={session.createdAt} now={now} />
        </dd>
      </div>
      <div>
        <dt>From</dt>
        <dd>{place ?? 'not known'}</dd>
      </div>
      <div>
        <dt>Ends</dt>
        <dd>
          <Time at={session.expiresAt} now={now} />
        </dd>
      </div>
    </dl>
  );
}
