// SPDX-License-Identifier: Apache-2.0
export interface KeyholdPage {
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  refresh(since?: number): Promise<boolean>;
  signIn(username: string, password: string): Promise<Response>;
  signOut(): Promise<Response>;
  onChange(listener: (signedIn: boolean) => void): () => void;
}
export function keyhold(options?: { base?: string; fetch?: typeof fetch }): KeyholdPage;
