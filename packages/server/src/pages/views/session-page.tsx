import type { EpochSeconds, SessionInfo } from 'pawl';
import type { BrowserSession } from 'pawl/http';
import { absoluteTime, machineTime } from '../instant.js';
import type { Timeline } from '../timeline.js';
import { DeviceFacts, DeviceTitle } from './device.js';
import { Layout, type View } from './layout.js';

export interface SessionPageProps {
  readonly base: string;
  readonly caller: BrowserSession;
  /** What the caller is called by. */
  readonly name: string;
  readonly session: SessionInfo;
  readonly isAlive: boolean;
  readonly place: string | null;
  readonly timeline: Timeline;
  readonly now: EpochSeconds;
}

/** One session, and what happened to it. */
export function SessionPage(props: SessionPageProps): View {
  const { base, caller, name, session, isAlive, place, timeline, now } = props;
  const isCurrent = session.id === caller.sessionId;
  return (
    <Layout title="Session history" base={base} name={name}>
      <p>
        <a href={base}>Your devices</a>
      </p>
      <section class="card">
        <h1>
          <DeviceTitle session={session} isCurrent={isCurrent} />
        </h1>
        {isAlive ? null : <p>This session has ended.</p>}
        <DeviceFacts session={session} isCurrent={isCurrent} place={place} now={now} />
        <p class="lead">
          {session.binding === 'none'
            ? 'Not bound: whoever copies its token can use it until the copy is noticed.'
            : 'Bound: its tokens work only together with a key that cannot leave this device.'}
        </p>
        {isAlive && !isCurrent ? (
          <form method="post" action={`${base}/end`}>
            <input type="hidden" name="session" value={session.id} />
            <button type="submit" class="danger">
              Log out this device
            </button>
          </form>
        ) : null}
      </section>
      <h2>What happened</h2>
      <History timeline={timeline} />
    </Layout>
  );
}

function History({ timeline: { entries, isCut } }: { readonly timeline: Timeline }): View {
  if (entries.length === 0) return <p>Nothing is on record.</p>;
  return (
    <>
      <ol class="timeline">
        {entries.map(({ at, text, tone }) => (
          <li class={tone}>
            <span>{text}</span>
            <time datetime={machineTime(at)}>{absoluteTime(at)}</time>
          </li>
        ))}
      </ol>
      <p class="lead">
        {isCut ? 'There is more than is shown. ' : ''}
        Of ordinary refreshes only the latest is listed; entries are kept for 30 days.
      </p>
    </>
  );
}
