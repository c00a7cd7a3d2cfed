import { chapter } from '../chapter.ts';
import { checksOf } from '../support/optional.ts';
import { assertFound, assertSearches, threadsSaying } from '../support/said.ts';

const { check } = checksOf('searchThreads');

const words = [
  check('finds a term from the start of a word on, in upper or lower case', async ({ store }) => {
    const texts = ['Deploy the App to production', 'redeployment is hard', 'un-deployed', 'nothing'];
    await assertSearches(store, texts, [
      ['deploy', [0, 2]],
      ['DEPLOY', [0, 2]],
      ['dEpLoYeD', [2]],
      ['deployment', []],
      ['redeploy', [1]],
      ['d', [0, 2]],
      ['the app', [0]],
      ['app to prod', [0]],
      ['he app', []],
      ['app production', []],
      ['production app', []],
      ['Deploy the App to production', [0]],
      ['Deploy the App to production!', []],
      ['nothings', []],
      ['absent', []],
    ]);
  }),

  check('takes any white space for any other', async ({ store }) => {
    const texts = ['one\n\t two\r\n\u00a0three', 'one two three', 'onetwo three'];
    await assertSearches(store, texts, [
      ['one two', [0, 1]],
      ['  one\t\ttwo\n three ', [0, 1]],
      ['\u2003two\u2003', [0, 1]],
      ['onetwo', [2]],
      ['three', [0, 1, 2]],
    ]);
  }),

  check('takes letters, digits and underscores for words, and all else for what is between', async ({ store }) => {
    const texts = ['snake_case_name', 'kebab-case-name', 'x.case/name', 'camelCase 42nd', 'v2.10.3'];
    await assertSearches(store, texts, [
      ['snake', [0]],
      ['case', [1, 2]],
      ['case_name', []],
      ['case-name', [1]],
      ['case/name', [2]],
      ['-case', [1]],
      ['42', [3]],
      ['2nd', []],
      ['2.10', []],
      ['10.3', [4]],
      ['v2', [4]],
    ]);
  }),

  check('takes no character of the term for a pattern', async ({ store }) => {
    const texts = [
      '100% sure',
      '1000 sure',
      'a_b',
      'axb',
      'C:\\dir\\file',
      'a.*b',
      '(x+)+$',
      'say "hi" now',
      "it's o'clock",
      'c++',
    ];
    await assertSearches(store, texts, [
      ['100%', [0]],
      ['100', [0, 1]],
      ['%sure', []],
      ['% sure', [0]],
      ['1%e', []],
      ['a_b', [2]],
      ['a.b', []],
      ['a.*b', [5]],
      ['a*', []],
      ['c:\\dir', [4]],
      ['dir\\', [4]],
      ['dir\\\\', []],
      ['\\d', [4]],
      ['\\dir', [4]],
      ['(x+)+$', [6]],
      ['x|y', []],
      ['[x]', []],
      ['"hi"', [7]],
      ['hi now', []],
      ["it's", [8]],
      ["o'clock", [8]],
      ['c++', [9]],
      ['c+', [9]],
      ['c', [4, 8, 9]],
    ]);
  }),

  check('takes no word of the term for an operator', async ({ store }) => {
    const texts = ['cats & dogs', 'cats or dogs', 'cats -dogs', "cats' dogs", 'cats:* !dogs <-> (birds)', 'cats dogs'];
    await assertSearches(store, texts, [
      ['cats & dogs', [0]],
      ['cats or dogs', [1]],
      ['cats -dogs', [2]],
      ["cats' dogs", [3]],
      ['cats:*', [4]],
      ['!dogs', [4]],
      ['dogs <-> (birds)', [4]],
      ['cats | dogs', []],
      ['cats dogs', [5]],
      ['"cats dogs"', []],
      ["'; drop table threads; --", []],
    ]);
  }),
];

const scripts = [
  check('folds the letters of all scripts, and keeps marks', async ({ store }) => {
    const texts = ['zażółć gęślą JAŹŃ', 'ΑΘΗΝΑ и МОСКВА', 'Über straße', 'uber strasse', 'launch 🚀 now', 'हिन्दी भाषा'];
    await assertSearches(store, texts, [
      ['ZAŻÓŁĆ', [0]],
      ['jaźń', [0]],
      ['ółć', []],
      ['jazn', []],
      ['αθηνα', [1]],
      ['москва', [1]],
      ['осква', []],
      ['ÜBER', [2]],
      ['uber', [3]],
      ['straße', [2]],
      ['strasse', [3]],
      ['launch 🚀', [4]],
      ['🚀 NOW', [4]],
      ['launch 🚁', []],
      ['हिन्दी', [5]],
      ['भाषा', [5]],
      ['न्दी', []],
    ]);
  }),

  check('takes each character for a word where a script puts no spaces', async ({ store }) => {
    const texts = ['東京都に行く', 'カタカナとひらがな', 'สวัสดีครับ', '안녕하세요 세계', 'mixed東京text'];
    await assertSearches(store, texts, [
      ['東京', [0, 4]],
      ['京都', [0]],
      ['都に行', [0]],
      ['京東', []],
      ['カナ', [1]],
      ['ひらがな', [1]],
      ['ครับ', [2]],
      ['안녕', [3]],
      ['세계', [3]],
      ['하세요', []],
      ['京text', [4]],
      ['text', [4]],
      ['mixed東', [4]],
    ]);
  }),

  check('finds what is written with escapes, and what stands after a NUL', async ({ store }) => {
    const raw = (text: string): string => `{"type":"event_msg","payload":{"message":"${text}","type":"user_message"}}`;
    const texts = [
      String.raw`caf\u00e9 \ud83d\ude80go`,
      String.raw`before\u0000after`,
      String.raw`one\ntwo \"three\" \/four`,
      String.raw`lone \ud800 end`,
    ];
    const ids = await threadsSaying(store, texts, raw);
    await assertFound(store, ids, 'CAFÉ', [0]);
    await assertFound(store, ids, '🚀go', [0]);
    await assertFound(store, ids, 'u00e9', []);
    await assertFound(store, ids, 'before', [1]);
    await assertFound(store, ids, 'after', [1]);
    await assertFound(store, ids, 'one two "three" /f', [2]);
    await assertFound(store, ids, 'ntwo', []);
    await assertFound(store, ids, 'end', [3]);
  }),
];

export const searchWordsChapter = chapter('searchThreads: words', ...words, ...scripts);
