// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Guard } from "./guard.js";

/** Sets `request.user`, or answers. */
export function protect(
  guard: Guard,
  ...scopes: string[]
): (request: IncomingMessage, response: ServerResponse, next: (problem?: unknown) => void) => Promise<void>;
