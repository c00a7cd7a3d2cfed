import { isFields, type Fields } from '../turn-index/event-fields.ts';
import { isHookPart } from '../turn-index/item-facts.ts';

/**
 * Whether the payload of a `response_item` is what a user said. Agents put more than that into messages of the role user; such a message
 * is none of the user's if any of its parts is one of these: project instructions, the environment, a skill, plugins, a command that the
 * user ran in a shell of their own, the mark of an interrupted turn, news of a sub-agent, a goal, context from outside, a prompt of a
 * hook, or a warning that older versions gave this way. A part is recognised by how it begins and ends, in any case, blanks around it aside.
 */
export function isUserInput({ type, role, content }: Fields): boolean {
  return type === 'message' && role === 'user' && Array.isArray(content) && !content.some(isContext);
}

/** Begin and end of what agents wrap; an end that is empty asks for nothing. */
const wrappings = [
  ['# agents.md instructions', '</instructions>'],
  ['<user_instructions>', '</user_instructions>'],
  ['<environment_context>', '</environment_context>'],
  ['<skill>', '</skill>'],
  ['<user_shell_command>', '</user_shell_command>'],
  ['<turn_aborted>', '</turn_aborted>'],
  ['<subagent_notification>', '</subagent_notification>'],
  ['<goal_context>', '</goal_context>'],
  // With attributes, among them where it comes from: goals are the newest use.
  ['<codex_internal_context', '</codex_internal_context>'],
  ['<recommended_plugins>', '</recommended_plugins>'],
  ['warning: apply_patch was requested via ', 'use the apply_patch tool instead of exec_command.'],
  ['warning: the maximum number of unified exec processes you can keep open is', ''],
  ['warning: your account was flagged for potentially high-risk cyber activity', ''],
] as const;

const wrappingLength = Math.max(...wrappings.flat().map((mark) => mark.length));
const externalContext = /^<external_([^\s>]+)(?=[\s>])[^>]*>[^]*<\/external_\1>$/;

function isContext(part: unknown): boolean {
  if (!isFields(part) || typeof part['text'] !== 'string') return false;
  const text = part['text'].trim();
  const [begin, end] = [text.slice(0, wrappingLength).toLowerCase(), text.slice(-wrappingLength).toLowerCase()];
  if (wrappings.some(([opening, closing]) => begin.startsWith(opening) && end.endsWith(closing))) return true;
  return externalContext.test(text) || isHookPart(part);
}
