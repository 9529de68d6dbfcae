import type { Certificate } from '../../../testbed/src/certificate.js';

export type SiteOrder =
  | {
      readonly type: 'start';
      /** An empty folder for the store. */
      readonly folder: string;
      readonly certificate: Certificate;
      /** What the page loads. */
      readonly script: string;
      readonly deviceBoundSessions: boolean;
    }
  /** Sets the clock of the site forward. */
  | { readonly type: 'advance'; readonly seconds: number }
  /** Asks for the requests since the last time. */
  | { readonly type: 'take' };

export type SiteReport =
  | { readonly type: 'ready'; readonly origin: string }
  | { readonly type: 'advanced' }
  /** Method, path and status, in the order of their arrival. */
  | { readonly type: 'taken'; readonly requests: readonly string[] };
