// SPDX-License-Identifier: Apache-2.0
// embed_assets.mjs WEB OUT: writes OUT/assets.S (the bytes) and OUT/assets_table.inc (their names) for
// src/http/routes/assets.cpp, OUT/templates_table.inc (WEB/pages/*.mustache, WEB/texts/*.txt) for src/pages/render.cpp, and
// OUT/page_assets.inc (where their style and script are) for src/pages/frame.cpp. Every file stands in the binary
// twice, as it is and gzip-compressed, so that serving it costs no work and no memory: pages of a binary that nobody
// asks for are never read from the disk.
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {gzipSync} from 'node:zlib';

const [web, out] = process.argv.slice(2);

// What the pages may do (CSP Level 3): nothing but what each was seen to need.
const policy = (...rules) =>
  ["default-src 'none'", ...rules, "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join('; ');
// styled-components fills an empty <style> element by script: this is the hash of nothing, and allows no more.
const emptyStyle = `'sha256-${createHash('sha256').digest('base64')}'`;
// The scroll bar's styles of Redoc 2.5.4; tests/e2e/test_browser.py says so when another version has others.
const scrollbarStyle = "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='";
const docsPolicy = policy("script-src 'self'", "style-src 'self'", "img-src 'self' data:");
// Redoc's search runs in a worker that it starts from a blob.
const redocPolicy = policy("script-src 'self'", `style-src 'self' ${emptyStyle} ${scrollbarStyle}`, "img-src 'self' data:", 'worker-src blob:');
const redirectPolicy = policy("script-src 'self'");

// Redoc shows its maker's logo from a server of theirs: show an empty picture instead.
const withoutRemoteLogo = (text) => {
  const parts = text.split('"https://cdn.redoc.ly/redoc/logo-mini.svg"');
  if (parts.length !== 2) throw new Error('Redoc changed how it loads its logo: look at cmake/embed_assets.mjs');
  return parts.join(`"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"`);
};

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';
const style = 'text/css; charset=utf-8';
const text = 'text/plain; charset=utf-8';
const swagger = 'node_modules/swagger-ui-dist/';
const redoc = 'node_modules/redoc/bundles/';
// A name that holds a digest of the content: another content is another address, so browsers never ask again (RFC 8246).
const digest = (bytes) => createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
const lasting = (name, type) => {
  const bytes = readFileSync(join(web, 'pages', name));
  return {path: `/pages/${digest(bytes).slice(0, 12)}/${name}`, file: `pages/${name}`, type, lasting: true};
};
const pageStyle = lasting('style.css', style);
const pageScript = lasting('script.js', script);
const table = [
  {path: '/docs', file: 'docs.html', type: html, csp: docsPolicy},
  {path: '/docs/init.js', file: 'docs-init.js', type: script},
  {path: '/docs/page.css', file: 'docs-page.css', type: style},
  {path: '/docs/swagger-ui-bundle.js', file: `${swagger}swagger-ui-bundle.js`, type: script},
  {path: '/docs/swagger-ui-bundle.js.LICENSE.txt', file: `${swagger}swagger-ui-bundle.js.LICENSE.txt`, type: text},
  {path: '/docs/swagger-ui.css', file: `${swagger}swagger-ui.css`, type: style},
  {path: '/docs/oauth2-redirect', file: 'oauth2-redirect.html', type: html, csp: redirectPolicy},
  {path: '/docs/oauth2-redirect.js', file: `${swagger}oauth2-redirect.js`, type: script},
  {path: '/favicon.svg', file: 'favicon.svg', type: 'image/svg+xml'},
  pageStyle,
  pageScript,
  {path: '/redoc', file: 'redoc.html', type: html, csp: redocPolicy},
  {path: '/redoc/init.js', file: 'redoc-init.js', type: script},
  {path: '/redoc/page.css', file: 'redoc-page.css', type: style},
  {path: '/redoc/redoc.standalone.js', file: `${redoc}redoc.standalone.js`, type: script, edit: withoutRemoteLogo},
  {path: '/redoc/redoc.standalone.js.LICENSE.txt', file: `${redoc}redoc.standalone.js.LICENSE.txt`, type: text},
];

// Source maps are not embedded, so nothing may point to them.
const withoutSourceMap = (text) => text.replace(/\n?(\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+ \*\/)\s*$/, '\n');
const bytesOf = ({file, edit}) => {
  const text = withoutSourceMap(readFileSync(join(web, file), 'utf8'));
  return Buffer.from(edit ? edit(text) : text);
};
const etag = (bytes) => `"${digest(bytes)}"`;

mkdirSync(out, {recursive: true});
const assembler = ['    .section .rodata'];
const rows = [];
table.forEach((row, i) => {
  const plain = bytesOf(row);
  const gzip = gzipSync(plain, {level: 9});
  for (const [kind, bytes] of [['plain', plain], ['gzip', gzip]]) {
    const name = join(out, `asset_${i}.${kind}`);
    writeFileSync(name, bytes);
    assembler.push(`    .globl keyhold_asset_${i}_${kind}`, `    .hidden keyhold_asset_${i}_${kind}`,
                   `keyhold_asset_${i}_${kind}:`, `    .incbin "${name}"`);
  }
  const fields = [row.path, row.type, etag(plain), etag(gzip), row.csp ?? ''].map((text) => JSON.stringify(text)).join(', ');
  rows.push(`KEYHOLD_ASSET(${i}, ${fields}, ${row.lasting ?? false}, ${plain.length}, ${gzip.length})`);
});
assembler.push('    .section .note.GNU-stack,"",%progbits', '');
writeFileSync(join(out, 'assets.S'), assembler.join('\n'));
writeFileSync(join(out, 'assets_table.inc'), `${rows.join('\n')}\n`);

// What src/pages fills in: KEYHOLD_TEMPLATE(name, text) and KEYHOLD_TEXTS(language, text).
// What stands in pages/admin is called admin_NAME; a language has a file in texts and one in each of its folders.
const filesOf = (folder, end) => readdirSync(join(web, folder)).filter((name) => name.endsWith(end)).sort();
const rowsOf = (macro, folder, end, prefix = '') => filesOf(folder, end).map((name) =>
  `KEYHOLD_${macro}("${prefix}${basename(name, end)}", ${JSON.stringify(readFileSync(join(web, folder, name), 'utf8'))})\n`);
writeFileSync(join(out, 'templates_table.inc'), [
  ...rowsOf('TEMPLATE', 'pages', '.mustache'), ...rowsOf('TEMPLATE', 'pages/admin', '.mustache', 'admin_'),
  ...rowsOf('TEXTS', 'texts', '.txt'), ...rowsOf('TEXTS', 'texts/admin', '.txt'), ...rowsOf('TEXTS', 'texts/clients', '.txt'),
  ...rowsOf('TEXTS', 'texts/recovery', '.txt')].join(''));
writeFileSync(join(out, 'page_assets.inc'),
              `KEYHOLD_PAGE_ASSET(style, "${pageStyle.path.slice(1)}")\nKEYHOLD_PAGE_ASSET(script, "${pageScript.path.slice(1)}")\n`);
