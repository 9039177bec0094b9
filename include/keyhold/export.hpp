// SPDX-License-Identifier: Apache-2.0
// What a shared library shows: everything else in it is hidden.
#pragma once

#if defined(__GNUC__)
#define KEYHOLD_API __attribute__((visibility("default")))
#else
#define KEYHOLD_API
#endif
