// SPDX-License-Identifier: Apache-2.0
// Starts Swagger UI. A file of its own, because the page's Content-Security-Policy refuses inline scripts.
'use strict';

window.ui = SwaggerUIBundle({
  // Relative, so that the page works behind a proxy that adds a prefix.
  url: 'openapi.json',
  oauth2RedirectUrl: new URL('docs/oauth2-redirect', location.href).href,
  dom_id: '#swagger-ui',
  // Would write the operation's id into the address, and warn on the console about each '_' in it.
  deepLinking: false,
  presets: [SwaggerUIBundle.presets.apis],
  // A newcomer comes to try: no extra click before the fields can be filled in.
  tryItOutEnabled: true,
  displayRequestDuration: true,
  // A token lives in this page alone and is gone when it is closed.
  persistAuthorization: false,
  // The badge would send the document to a service on the internet.
  validatorUrl: null,
});
