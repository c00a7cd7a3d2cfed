import { describe, expect, test } from 'vitest';
import { UserMessages } from '../src/session-log/user-messages.ts';
import { agentInput, itemsOf, userInput } from './session-fixture.ts';
import { event, response, rollsBack, turnEvent, userSays } from './turn-fixture.ts';

function positions(...items: string[]): number[] {
  const messages = new UserMessages();
  for (const [ordinal, { text, item }] of itemsOf(items)) messages.take(ordinal, item, turnEvent(text));
  return messages.ordinals.map(Number);
}

const message = (role: string, ...texts: string[]): string =>
  response('message', { role, content: texts.map((text) => ({ type: 'input_text', text })) });

describe('what counts as a user message', () => {
  test.for<[string, string]>([
    ['a text', userInput('hi')],
    ['several parts', message('user', 'hi', 'there')],
    ['an image', response('message', { role: 'user', content: [{ type: 'input_image', image_url: 'data:' }] })],
    ['nothing', message('user')],
    ['words about project instructions', userInput('# AGENTS.md instructions are not read. Why?')],
    ['a tag within a text', userInput('what is <environment_context> for? </environment_context> it says')],
    ['a tag that is not closed', userInput('<skill> what is this tag?')],
    ['a tag of their own', userInput('<external_ab>c</external_a>')],
  ])('%s', ([, item]) => {
    expect(positions(item)).toEqual([0]);
  });
});

describe('what does not count', () => {
  test.for<[string, string]>([
    [
      'project instructions',
      userInput('# AGENTS.md instructions for a/b\n\n<INSTRUCTIONS>\nbe brief\n</INSTRUCTIONS>'),
    ],
    ['older project instructions', userInput('<user_instructions>\nbe brief\n</user_instructions>')],
    ['the environment', userInput('\n<environment_context>\n  <cwd>a</cwd>\n</environment_context>\n')],
    ['the environment in capitals', userInput('<ENVIRONMENT_CONTEXT></Environment_Context>')],
    ['a skill', userInput('<skill>\n<name>a</name>\n</skill>')],
    ['a command of the user', userInput('<user_shell_command>\nls\n</user_shell_command>')],
    ['the mark of an abort', userInput('<turn_aborted>\nstopped\n</turn_aborted>')],
    ['news of a sub-agent', userInput('<subagent_notification>\n{}\n</subagent_notification>')],
    ['a goal', userInput('<codex_internal_context source="goal">\nx\n</codex_internal_context>')],
    ['an older goal', userInput('<goal_context>\nx\n</goal_context>')],
    ['plugins', userInput('<recommended_plugins>\nx\n</recommended_plugins>')],
    ['context from outside', userInput('<external_ide>\nx\n</external_ide>')],
    ['newer context from outside', userInput('<external_context key="ide">\nx\n</external_context>')],
    [
      'a warning of a patch',
      userInput('Warning: apply_patch was requested via shell. Use the apply_patch tool instead of exec_command.'),
    ],
    [
      'a warning of processes',
      userInput('Warning: The maximum number of unified exec processes you can keep open is 60.'),
    ],
    [
      'a warning of a model',
      userInput('Warning: Your account was flagged for potentially high-risk cyber activity and so on.'),
    ],
    ['a prompt of a hook', userInput('<hook_prompt hook_run_id="1">do it</hook_prompt>')],
    ['context beside a text', message('user', '<environment_context></environment_context>', 'hi')],
    ['a message of the agent', agentInput('hi')],
    ['a message of the developer', message('developer', 'hi')],
    ['a message without parts', response('message', { role: 'user', content: 'hi' })],
    ['another response item', response('reasoning', { role: 'user', content: [] })],
    ['another item', JSON.stringify({ type: 'note', payload: { type: 'message', role: 'user', content: [] } })],
    ['an item without a payload', JSON.stringify({ type: 'response_item' })],
  ])('%s', ([, item]) => {
    expect(positions(item)).toEqual([]);
  });
});

describe('a rollback', () => {
  test('takes away the last messages', () => {
    const three = [userInput('a'), agentInput('b'), userInput('c'), userInput('d')];
    expect(positions(...three)).toEqual([0, 2, 3]);
    expect(positions(...three, rollsBack(2))).toEqual([0]);
    expect(positions(...three, rollsBack(0), rollsBack(1), userInput('e'))).toEqual([0, 2, 6]);
    expect(positions(...three, rollsBack(9), userInput('e'))).toEqual([5]);
  });
});

describe('events', () => {
  test('count where there are no response items of user input', () => {
    const shown = event('item_completed', { turn_id: 'a', item: { type: 'UserMessage', content: [] } });
    expect(positions(userInput('<skill></skill>'), userSays('a'), agentInput('b'), shown)).toEqual([1, 3]);
    expect(positions(userSays('a'), userSays('b'), rollsBack(1), userSays('c'))).toEqual([0, 3]);
  });

  test('count no more once there is one', () => {
    expect(positions(userSays('a'), userInput('b'), userSays('b'))).toEqual([1]);
    expect(positions(userSays('a'), userInput('b'), rollsBack(1), userSays('c'))).toEqual([]);
  });
});
