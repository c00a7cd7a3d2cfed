// Fails if proto/ breaks clients of what it is compared with: the commit or branch in PROTO_BASE, else the newest release
// tag, else HEAD (so that a break is seen before it is committed). Passes where that holds no proto/ yet.
import { fail, output, runs, say } from './command.ts';

const given = process.env['PROTO_BASE'] || undefined;
const base = given ?? output('git', ['describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*']) ?? 'HEAD';
const commit = output('git', ['rev-parse', '--verify', '--quiet', `${base}^{commit}`]);

if (commit === undefined && given !== undefined) {
  fail(`proto:breaking: no such commit (got ${base} from PROTO_BASE)`);
} else if (commit === undefined || !output('git', ['ls-tree', commit, 'proto'])) {
  say(`proto:breaking: ${base} holds no proto/ to compare with`);
} else if (runs('buf', 'breaking', '--against', `.git#ref=${commit}`)) {
  say(`proto:breaking: compatible with ${base}`);
} else {
  fail(`proto:breaking: breaks clients of ${base}`);
}
