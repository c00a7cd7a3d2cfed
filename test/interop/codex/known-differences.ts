import type { KnownDifference } from './support/differences.ts';
import type { CodexVersion } from './support/installed-codex.ts';

const orchardGit = {
  sha: '9007a35091f9aece09e98c1177811f73043322a9',
  branch: 'plum',
  originUrl: 'https://git.example/orchard.git',
};

const noFile = 'There is no file on the disk of the client.';
const noRelease = 'No request tells the release of the client.';

/** What clients do not send, and what follows from there being no file. */
const untold: readonly KnownDifference[] = [
  { where: '*', at: 'result.thread.path', reason: noFile },
  { where: '*', at: 'result.data.*.path', reason: noFile },
  { where: 'notification *: thread/started of *', at: '*.thread.path', remote: null, reason: noFile },
  { where: '*', at: '*.cliVersion', remote: '', reason: noRelease },
  { where: '*', at: '*.gitInfo', local: orchardGit, reason: 'No request tells what the client has found out of git.' },
];

const summary: readonly KnownDifference[] = [
  { where: 'summary', at: 'result.summary.path', reason: noFile },
  { where: 'summary', at: 'result.summary.cliVersion', remote: '', reason: noRelease },
];

const resumeFails = 'The resume has failed.';

/** The service resumes; then the client asks its own session for a path, has none, and fails. */
const resumingCall: readonly KnownDifference[] = [
  { where: 'resume *', at: 'result', remote: undefined, reason: 'The client demands a path of the resumed session.' },
  { where: 'resume *', at: 'error', local: undefined, reason: 'The client demands a path of the resumed session.' },
];

const resuming: readonly KnownDifference[] = [
  ...resumingCall,
  { where: 'read *after its resume', at: 'result.thread.status.type', remote: 'notLoaded', reason: resumeFails },
  { where: 'a turn in resumed *', at: '*', reason: resumeFails },
  { where: 'read resumed * after that turn', at: '*', reason: resumeFails },
  { where: 'make exec again', at: '*', reason: 'Exec resumes in the same way, and fails.' },
  { where: 'read exec after exec went on', at: 'result.thread.*', reason: 'Neither the turn nor exec could go on.' },
  { where: 'notification third: *', at: '*', remote: undefined, reason: resumeFails },
];

/** Where the local store contradicts itself. */
const localIsWrong: readonly KnownDifference[] = [
  {
    where: 'list * by created_at desc: back from the second page',
    at: '*',
    reason:
      'Its lists go by whole seconds, its cursors by milliseconds: the thread that the cursor was made of is left out.',
  },
  {
    where: 'list afterwards: term in a preview',
    at: '*',
    reason:
      'A name takes the place of the preview in its index: a thread that got one is not found by its preview any more.',
  },
];

const lookedUp = 'The client looks names up in an index on its disk.';

const of0129: readonly KnownDifference[] = [
  {
    where: '*',
    at: 'result.thread.threadSource',
    local: 'user',
    remote: null,
    reason: 'No request tells who has started a thread.',
  },
  { where: 'cold: unarchive exec', at: 'result.thread.name', remote: null, reason: lookedUp },
  {
    where: '*list *',
    at: 'result.data.*.forkedFromId',
    local: null,
    reason: 'The lists of the local store say of a fork that it is none, its reads say what it is.',
  },
  {
    where: '*list *',
    at: 'result.data.*.gitInfo.*',
    remote: null,
    reason: 'The lists of the local store bring back what its reads say was cleared.',
  },
  {
    where: '*unarchive *',
    at: 'result.thread.gitInfo*',
    reason: 'The answer of the local store has git as it was when the thread began, not as it was set since.',
  },
];

/** What 0.128 does without asking the store. */
const of0128: readonly KnownDifference[] = [
  ...['*turns of *', '*page of turns', 'turns after a cursor that is none'].map((where) => ({
    where,
    at: '*',
    reason: 'The client lists turns from a file on its disk.',
  })),
  {
    where: 'read seed with turns',
    at: 'error.message',
    remote: 'ephemeral threads do not support includeTurns',
    reason: 'The client takes a thread without a file for an ephemeral one.',
  },
  ...['git of *', 'nobody: thread/metadata/update'].map((where) => ({
    where,
    at: '*',
    reason: 'The client changes facts of git in an index on its disk, which does not know the thread.',
  })),
  { where: '*', at: '*.gitInfo', remote: null, reason: 'Facts of git could not be set.' },
  { where: 'roll back *', at: '*', reason: 'The client rolls back, and then fails to read the result from a file.' },
  ...['result.thread.name', 'result.data.*.name', '0.thread.name'].map((at) => ({
    where: '*',
    at,
    remote: null,
    reason: lookedUp,
  })),
  ...['term in a name', 'term in a preview', 'everything at once'].map((filter) => ({
    where: `list *: ${filter}`,
    at: '*',
    reason:
      'The client keeps the names of loaded threads in an index on its disk; the local store looks for terms there, and in no preview.',
  })),
  {
    where: 'list *by updated_at*',
    at: '*',
    reason: 'In the local store a change of git makes a thread newer; here the client fails to make one.',
  },
];

const turnsDoNotEnd = 'The client cancels the last step of a turn as soon as its store lets it wait.';

/** Of the short script. */
const of0125: readonly KnownDifference[] = [
  { where: 'read beans while they are loaded', at: 'result.thread.status.*', reason: turnsDoNotEnd },
  ...['status', 'completedAt', 'durationMs'].map((member) => ({
    where: 'read beans*',
    at: `result.thread.turns.0.${member}`,
    reason: turnsDoNotEnd,
  })),
  { where: 'notification first: turn/completed of *', at: '0', remote: undefined, reason: turnsDoNotEnd },
  { where: 'fork beans', at: '*', reason: 'The client looks for a file of the thread on its disk.' },
  {
    where: 'notification second: thread/*',
    at: '0',
    remote: undefined,
    reason: 'There is neither a fork nor a resumed thread.',
  },
];

/** Where each release sees a service other than its own store, and why that stays. */
export const knownDifferences: Readonly<Record<CodexVersion, readonly KnownDifference[]>> = {
  '0.125.0': [...untold, ...resumingCall, ...of0125],
  '0.128.0': [...untold, ...summary, ...resuming, ...localIsWrong, ...of0128],
  '0.129.0': [...untold, ...summary, ...resuming, ...localIsWrong, ...of0129],
};
