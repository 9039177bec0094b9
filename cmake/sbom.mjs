// SPDX-License-Identifier: Apache-2.0
// sbom.mjs VERSION SOURCE OUT: writes OUT, a software bill of materials in CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/):
// Debian's packages that the program is built from (the libraries of [build] in packaging/debian-packages.txt, in the
// versions that are installed) and npm's packages that it embeds, with the integrity of the lock file. It is the same
// for the same inputs.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const [version, source, out] = process.argv.slice(2);

const sections = readFileSync(join(source, 'packaging/debian-packages.txt'), 'utf8').split(/^\[(\w+)\]$/m);
const libraries = sections[sections.indexOf('build') + 1].split('\n').filter((name) => /-dev$/.test(name));
const ofDebian = libraries.map((name) => {
  const [installed, origin, architecture] =
    execFileSync('dpkg-query', ['-W', '-f', '${Version}\t${source:Package}\t${Architecture}', name], {encoding: 'utf8'}).split('\t');
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(installed)}?arch=${architecture}&distro=debian-12`;
  return {type: 'library', 'bom-ref': purl, group: 'debian', name, version: installed, purl, description: `from the source package ${origin}`};
});

// Only what stands in "dependencies" is embedded (cmake/embed_assets.mjs takes their ready bundles).
const locked = JSON.parse(readFileSync(join(source, 'web/package-lock.json'), 'utf8')).packages;
const ofNpm = Object.keys(locked[''].dependencies).map((name) => {
  const {version: exact, license, integrity} = locked[`node_modules/${name}`];
  const [algorithm, digest] = integrity.split(/-(.*)/s);
  const purl = `pkg:npm/${name}@${exact}`;
  return {
    type: 'library', 'bom-ref': purl, name, version: exact, purl, licenses: [{license: {id: license}}],
    hashes: [{alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex')}],
  };
});

const components = [...ofDebian, ...ofNpm];
const purl = `pkg:generic/keyhold@${version}`;
const document = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: {
    component: {type: 'application', 'bom-ref': purl, name: 'keyhold', version, purl, licenses: [{license: {id: 'Apache-2.0'}}]},
  },
  components,
  dependencies: [{ref: purl, dependsOn: components.map((one) => one['bom-ref'])}, ...components.map((one) => ({ref: one['bom-ref']}))],
};
const digest = createHash('sha256').update(JSON.stringify(document)).digest('hex');
// RFC 9562 §5.8: a UUID of one's own making, here of what the document says.
document.serialNumber = `urn:uuid:${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
writeFileSync(out, `${JSON.stringify(document, null, 2)}\n`);
