import { expect, test } from 'vitest';
import { folderError, listNames, refusedFilesNotice } from '../../../src/app/notices.ts';
import { meansText } from '../../../src/app/transfer.ts';
import { GlanceError, type GlanceErrorCode } from '../../../src/model/errors.ts';

const refused = (name: string, code: GlanceErrorCode = 'picture-unreadable', message = 'No picture.') => ({
  name,
  error: new GlanceError(code, message),
});

test('names are listed, and counted from the third on', () => {
  expect(listNames(['a'])).toBe('a');
  expect(listNames(['a', 'b'])).toBe('a and b');
  expect(listNames(['a', 'b', 'c'])).toBe('a, b and 1 more');
});

test.each([
  [[refused('a.txt')], 'This file is not a usable picture: a.txt'],
  [[refused('a.png', 'picture-too-long')], 'This picture cannot be used: a.png'],
  [[refused('a.png', 'file-unreachable')], 'This picture could not be added: a.png'],
  [[{ name: 'holiday', error: folderError() }], 'A folder cannot be added: holiday'],
  [
    Array.from({ length: 12 }, (_, i) => refused(`${i}.txt`)),
    '12 files are not pictures: 0.txt, 1.txt and 10 more',
  ],
  [[refused('a.txt'), refused('b.png', 'picture-too-large')], '2 pictures cannot be used: a.txt and b.png'],
  [
    [refused('a.txt'), { name: 'holiday', error: folderError() }],
    '2 files and folders cannot be added: a.txt and holiday',
  ],
  [[refused('a', 'file-unreachable'), refused('b')], '2 pictures could not be added: a and b'],
])('the title of %#', (files, title) => {
  expect(refusedFilesNotice(files).title).toBe(title);
});

test('one file keeps its own error; several give each reason once and list all names for a report', () => {
  const one = refused('a.txt');
  expect(refusedFilesNotice([one]).error).toBe(one.error);
  const { error } = refusedFilesNotice([
    refused('a.txt'),
    refused('b.png', 'picture-too-large', 'Too large.'),
    refused('c.txt'),
  ]);
  expect(error.message).toBe('a.txt and c.txt: No picture.\nb.png: Too large.');
  expect(error.details).toEqual({
    'a.txt': 'picture-unreadable',
    'b.png': 'picture-too-large',
    'c.txt': 'picture-unreadable',
  });
  expect(refusedFilesNotice([refused('a'), refused('b')]).error.message).toBe('No picture.');
});

test.each([
  ['a file from a file manager, with its name', { 'text/plain': 'IMG_1.png' }, false],
  ['a picture from a web page', { 'text/html': '<img>' }, false],
  ['formatted text with a picture of it', { 'text/plain': 'abc', 'text/html': '<b>abc</b>' }, true],
  ['rich text with a picture of it', { 'text/plain': 'abc', 'text/rtf': '{\\rtf1 abc}' }, true],
])('pasting %s', (_, data: Record<string, string>, expected) => {
  const types = [...Object.keys(data), 'Files'];
  expect(meansText({ types, getData: (type) => data[type] ?? '' })).toBe(expected);
});
