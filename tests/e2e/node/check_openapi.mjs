// SPDX-License-Identifier: Apache-2.0
// check_openapi.mjs: reads an OpenAPI document on stdin, says as a line of JSON whether it is a valid one.
import {readFileSync} from 'node:fs';
import {Validator} from '@seriousme/openapi-schema-validator';

const validator = new Validator();
const result = await validator.validate(JSON.parse(readFileSync(0, 'utf8')));
console.log(JSON.stringify({valid: result.valid, version: validator.version, errors: result.errors ?? []}));
