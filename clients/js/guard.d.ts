// SPDX-License-Identifier: Apache-2.0
export interface User {
  readonly id: string;
  readonly name?: string;
  readonly scopes: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** All times are in seconds. */
export interface GuardOptions {
  /** What `aud` must name; the issuer unless said otherwise. */
  audience?: string;
  /** What `typ` may say: `["at+jwt"]`. */
  types?: string[];
  leeway?: number;
  refreshEvery?: number;
  coolDown?: number;
  staleIfError?: number;
  waitForKeys?: number;
  timeout?: number;
  caFile?: string;
  allowHttp?: boolean;
  followRevocations?: boolean;
  /** After so long without an answer of the feed check() says 503; null: tokens are taken until they expire. */
  revocationsStaleAfter?: number | null;
  rememberedTokens?: number;
}

export class Refused extends Error {
  readonly status: 401 | 403 | 503;
  readonly code: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export class Guard {
  private constructor();
  static fromIssuer(issuer: string, options?: GuardOptions): Promise<Guard>;
  /** Throws Refused. */
  check(authorization: string | undefined, ...scopes: string[]): Promise<User>;
  revocations(): { followed: boolean; age: number | null; sessions: number };
  readonly trouble: string;
  close(): void;
}
