// SPDX-License-Identifier: Apache-2.0
// What axe-core finds on a page: WCAG 2.2 at the levels A and AA, and its best practices.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// Once for each page that was loaded.
export const bringAxe = (page) => page.evaluate(axe);

export async function violationsOn(page) {
  const {violations} = await page.evaluate(
    (runOnly) => window.axe.run(document, {runOnly, resultTypes: ['violations']}), rules);
  return violations;
}
