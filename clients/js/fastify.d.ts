// SPDX-License-Identifier: Apache-2.0
import type { Guard } from "./guard.js";

/** A hook: sets `request.user`, or answers. */
export function protect(guard: Guard, ...scopes: string[]): (request: any, reply: any) => Promise<unknown>;
