// SPDX-License-Identifier: Apache-2.0
// Starts Redoc. A file of its own, because the page's Content-Security-Policy refuses inline scripts.
'use strict';

Redoc.init('openapi.json', {
  hideDownloadButton: false,
  nativeScrollbars: true,
}, document.getElementById('redoc'));
