import type { Target } from '../load/messages.js';
import { presentOnce } from '../load/present.js';
import { type Presented, runTrain, type TrainEnd } from '../load/train.js';
import { required } from '../required.js';

/** Some presentations, and how many of them were answered with tokens. */
export interface Answered {
  readonly presented: number;
  readonly answered: number;
}

/** What became of sessions whose fresh token was presented again and again with the same gap. */
export interface TrainCounts {
  readonly presentations: number;
  readonly gapSeconds: number;
  readonly sessions: number;
  /** Whose answer came before the window was over. */
  readonly within: Answered;
  /** Sent when the window was over. */
  readonly after: Answered;
  /** Sessions of which no presentation came after the window: how many, and what is left of them. */
  readonly inTime: { readonly sessions: number; readonly loggedOut: number; readonly split: number };
  /** The other sessions. */
  readonly overdue: { readonly sessions: number; readonly loggedOut: number };
}

/** How one server is asked. */
export interface TrainOrder {
  readonly presentations: number;
  readonly gapSeconds: number;
  readonly windowSeconds: number;
  readonly refreshTokens: readonly string[];
}

/** Presents each of these fresh tokens by as many agents as the order says; all sessions run side by side. */
export async function presentWithGaps(target: Target, order: TrainOrder): Promise<TrainCounts> {
  const { presentations, gapSeconds, windowSeconds, refreshTokens } = order;
  const { ports } = target;
  const ask = (presenter: number, refreshToken: string): ReturnType<typeof presentOnce> =>
    presentOnce(target, required(ports[presenter % ports.length]), refreshToken);
  const train = { presentations, gapMilliseconds: gapSeconds * 1000 };
  const ends = await Promise.all(refreshTokens.map((token) => runTrain(ask, token, train)));
  const judged = ends.map((end) => ({ end, ...judge(end, windowSeconds * 1000) }));
  const within = judged.flatMap(({ within }) => within);
  const after = judged.flatMap(({ after }) => after);
  // A presentation that was under way at the end of the window is in neither.
  const inTime = judged.filter((one) => one.within.length === presentations).map(({ end }) => end);
  const overdue = judged.filter((one) => one.after.length > 0).map(({ end }) => end);
  return {
    ...{ presentations, gapSeconds, sessions: refreshTokens.length },
    ...{ within: answeredOf(within), after: answeredOf(after) },
    inTime: {
      sessions: inTime.length,
      loggedOut: inTime.filter(({ isLoggedOut }) => isLoggedOut).length,
      split: inTime.filter(({ distinctTokens }) => distinctTokens > 1).length,
    },
    overdue: {
      sessions: overdue.length,
      loggedOut: overdue.filter(({ isLoggedOut }) => isLoggedOut).length,
    },
  };
}

interface Judged {
  readonly within: readonly Presented[];
  readonly after: readonly Presented[];
}

/** By the times that were measured, not by those that were meant: the first presentation rotates at some time until its answer. */
function judge({ presented }: TrainEnd, windowMilliseconds: number): Judged {
  const first = required(presented[0]);
  return {
    within: presented.filter(({ answeredAt }) => answeredAt - first.sentAt < windowMilliseconds),
    after: presented.filter(({ sentAt }) => sentAt - first.answeredAt >= windowMilliseconds),
  };
}

function answeredOf(presented: readonly Presented[]): Answered {
  return { presented: presented.length, answered: presented.filter(({ token }) => token !== null).length };
}
