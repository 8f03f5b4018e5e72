#!/usr/bin/env node
/* v8 ignore file -- runs in a process of its own: test/kms-encrypt.test.ts */
import { kmsEncrypt } from "./command-line.ts";

const { exitCode, output, error } = await kmsEncrypt(process.argv.slice(2), process.stdin);
process.stdout.write(output);
process.stderr.write(error);
process.exitCode = exitCode;
