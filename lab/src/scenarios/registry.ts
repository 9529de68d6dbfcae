import { answersOutOfOrder } from './answers-out-of-order.js';
import { crashBeforeStoring } from './crash-before-storing.js';
import { leakedAccessKey } from './leaked-access-key.js';
import { leakedRefreshSecret } from './leaked-refresh-secret.js';
import { logoutWithExpiredToken } from './logout-with-expired-token.js';
import { lostAnswers } from './lost-answer.js';
import { restoredBackup } from './restored-backup.js';
import { restoredBackupOlderThanKeys } from './restored-backup-older-than-keys.js';
import { restoredBackupUndoesLogout } from './restored-backup-undoes-logout.js';
import { restoredBackupWithThief } from './restored-backup-with-thief.js';
import { revocationReachesAccessTokens } from './revocation-reaches-access-tokens.js';
import type { Scenario } from './scenario.js';
import { secretRotation } from './secret-rotation.js';
import { stolenDatabase } from './stolen-database.js';
import { stolenLongLivedToken } from './stolen-long-lived-token.js';
import { stolenPredecessorUserIdle } from './stolen-predecessor-user-idle.js';
import { stolenTokenAtNight } from './stolen-token-at-night.js';
import { stolenTokenOldCopy } from './stolen-token-old-copy.js';
import { stolenTokenUserActive } from './stolen-token-user-active.js';
import { stolenTokenUserGone } from './stolen-token-user-gone.js';
import { stolenTokenUserIdle } from './stolen-token-user-idle.js';
import { thiefInEveryWindow } from './thief-in-every-window.js';
import { thousandRefreshes } from './thousand-refreshes.js';
import { twoTabs } from './two-tabs.js';

/** The rows of the table, in the order of the story. */
export const scenarios: readonly Scenario[] = [
  stolenLongLivedToken,
  revocationReachesAccessTokens,
  logoutWithExpiredToken,
  stolenDatabase,
  leakedRefreshSecret,
  leakedAccessKey,
  secretRotation,
  stolenTokenUserActive,
  stolenTokenOldCopy,
  stolenTokenUserIdle,
  stolenPredecessorUserIdle,
  stolenTokenAtNight,
  stolenTokenUserGone,
  thiefInEveryWindow,
  twoTabs,
  ...lostAnswers,
  crashBeforeStoring,
  answersOutOfOrder,
  restoredBackup,
  restoredBackupOlderThanKeys,
  restoredBackupWithThief,
  restoredBackupUndoesLogout,
  thousandRefreshes,
];
