// SPDX-License-Identifier: Apache-2.0
// Starts Redoc. A file of its own, because the page's Content-Security-Policy refuses inline scripts.
'use strict';

// Redoc has one set of colours, which it is given once; these can be read on either ground (WCAG 2.2, 1.4.3).
const scheme = matchMedia('(prefers-color-scheme: dark)'), dark = scheme.matches;
scheme.addEventListener('change', () => location.reload());
const text = dark ? '#e8eaed' : '#1b1d21', soft = dark ? '#b3bac4' : '#555b64', edge = dark ? '#363b43' : '#d5d9e0';
const accent = dark ? '#8ab4f8' : '#0b57d0', bad = dark ? '#ffb4ab' : '#b3261e', good = dark ? '#7fd494' : '#116b3e';
const method = {get: '#14804a', post: '#1b62c4', put: '#8a4a00', patch: '#8a4a00', delete: '#b3261e', options: '#5b6270', head: '#5b6270', basic: '#5b6270', link: '#5b6270'};

Redoc.init('openapi.json', {
  hideDownloadButton: false,
  nativeScrollbars: true,
  theme: {
    colors: {
      primary: {main: accent},
      success: {main: good},
      error: {main: bad},
      text: {primary: text, secondary: soft},
      border: {dark: edge, light: edge},
      responses: {
        success: {color: good, backgroundColor: dark ? '#12301c' : '#e8f5ec', tabTextColor: '#7fd494'},
        error: {color: bad, backgroundColor: dark ? '#3b1613' : '#fdeceb', tabTextColor: '#ffb4ab'},
        redirect: {color: dark ? '#fdd663' : '#7a4a00', backgroundColor: dark ? '#3a2e0b' : '#fdf3e0', tabTextColor: '#fdd663'},
      },
      http: method,
    },
    schema: {linesColor: edge, typeNameColor: soft, typeTitleColor: text, requireLabelColor: bad, labelsTextSize: '0.9em', nestedBackground: dark ? '#1f2226' : '#f5f6f8'},
    sidebar: {backgroundColor: dark ? '#1f2226' : '#f5f6f8', textColor: text, activeTextColor: accent},
    typography: {
      fontFamily: 'system-ui, sans-serif', headings: {fontFamily: 'system-ui, sans-serif', fontWeight: '600'},
      code: {fontFamily: 'ui-monospace, monospace', color: dark ? '#ffb4ab' : '#a1260d', backgroundColor: dark ? '#2a2e34' : '#f0f1f4'},
      links: {color: accent, visited: accent, hover: accent},
    },
    rightPanel: {backgroundColor: '#1f2226', textColor: '#fff'},
  },
}, document.getElementById('redoc'));

// What Redoc forgets to say to screen readers, and to let the keyboard reach (WCAG 2.2, 1.3.1, 2.1.1). It draws while one
// scrolls and opens, so this looks again whenever something was drawn.
const amend = () => {
  for (const heading of document.querySelectorAll('h5:not([aria-level])')) heading.setAttribute('aria-level', '3');
  // Its name is what it shows, not the address of what it leads to.
  for (const item of document.querySelectorAll('li[role=menuitem][aria-label]')) item.removeAttribute('aria-label');
  for (const code of document.querySelectorAll('pre:not([tabindex])')) code.setAttribute('tabindex', '0');
};
new MutationObserver(amend).observe(document.getElementById('redoc'), {childList: true, subtree: true});
