// SPDX-License-Identifier: Apache-2.0
// embed_mails.mjs MAILS OUT: writes OUT/mails_table.inc for src/mail/texts.cpp: the texts of each language and the two
// templates that they are put into. A language that lacks a text, or asks for a value that the English one does not
// have, ends the build.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const [mails, out] = process.argv.slice(2);
const of = (language) => JSON.parse(readFileSync(join(mails, `${language}.json`), 'utf8'));
const languages = readdirSync(mails).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5)).sort();
const english = of('en');
const values = (text) => new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]));
const origins = ['written', 'machine'];
// 16,380 characters are what every compiler takes of one literal; ours are far below.
const literal = (text) => JSON.stringify(text);

const rows = [];
for (const language of languages) {
  const texts = of(language);
  const wrong = (what) => { throw new Error(`web/mails/${language}.json: ${what}`); };
  if (!origins.includes(texts.origin)) wrong(`origin is none of ${origins.join(', ')}`);
  for (const kind of new Set([...Object.keys(english), ...Object.keys(texts)])) {
    if (kind === 'origin') continue;
    for (const name of new Set([...Object.keys(english[kind] ?? {}), ...Object.keys(texts[kind] ?? {})])) {
      const text = texts[kind]?.[name], model = english[kind]?.[name];
      if (typeof text !== 'string' || typeof model !== 'string' || !text !== !model) wrong(`${kind}.${name} is missing, here or in en.json`);
      for (const value of values(text)) if (!values(model).has(value)) wrong(`${kind}.${name} asks for ${value}`);
      rows.push(`KEYHOLD_MAIL_TEXT(${literal(language)}, ${literal(`${kind}.${name}`)}, ${literal(text)})`);
    }
  }
}
for (const name of readdirSync(mails).filter((name) => name.endsWith('.mustache')).sort())
  rows.push(`KEYHOLD_MAIL_TEXT("", ${literal(name)}, ${literal(readFileSync(join(mails, name), 'utf8'))})`);
writeFileSync(join(out, 'mails_table.inc'), `${rows.join('\n')}\n`);
