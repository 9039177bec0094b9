// SPDX-License-Identifier: Apache-2.0
// Starts Swagger UI. A file of its own, because the page's Content-Security-Policy refuses inline scripts.
'use strict';

// Swagger UI is dark where its root says so.
const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

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

// What Swagger UI forgets to say to screen readers, and to let the keyboard reach (WCAG 2.2, 4.1.2, 2.1.1). It draws
// anew at each click, so this looks again whenever something was drawn.
const amend = () => {
  for (const field of document.querySelectorAll('textarea:not([aria-label])')) field.setAttribute('aria-label', 'Request body');
  for (const heading of document.querySelectorAll('h3.opblock-tag:not([aria-level])')) heading.setAttribute('aria-level', '2');
  for (const heading of document.querySelectorAll('h4.opblock-section-header, .opblock-section-header h4')) heading.setAttribute('aria-level', '3');
  for (const heading of document.querySelectorAll('section.models h4:not([aria-level])')) heading.setAttribute('aria-level', '2');
  for (const part of document.querySelectorAll('.information-container:not([role])')) {
    part.setAttribute('role', 'region');
    part.setAttribute('aria-label', 'About the API');
  }
  // A table says more as a table than as a region without a name.
  for (const table of document.querySelectorAll('table[role=region]')) table.removeAttribute('role');
  for (const dialog of document.querySelectorAll('.modal-ux:not([role])')) {
    dialog.setAttribute('role', 'dialog');
    dialog.setAttribute('aria-modal', 'true');
    dialog.setAttribute('aria-label', 'Available authorizations');
  }
  for (const [headings, level] of [['.modal-ux h3', '2'], ['.modal-ux h4', '3'], ['.modal-ux h2', '4']])
    for (const heading of document.querySelectorAll(headings)) heading.setAttribute('aria-level', level);
  for (const close of document.querySelectorAll('.close-modal:not([aria-label])')) close.setAttribute('aria-label', 'Close');
  for (const button of document.querySelectorAll('.modal-btn[aria-label]')) button.removeAttribute('aria-label');
  for (const code of document.querySelectorAll('.microlight:not([tabindex])')) code.setAttribute('tabindex', '0');
};
new MutationObserver(amend).observe(document.getElementById('swagger-ui'), {childList: true, subtree: true});
