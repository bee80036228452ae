/**
 * Runs in a page, so it is whole in itself: fills the history of conversations as if they had been held, each
 * with a picture of its own; the third one was cut in its last answer. The page must have opened its history before.
 *
 * @param options.count how many
 * @param options.now milliseconds since 1970; the newest is from then, the others go back by hours
 * @param options.side of the pictures, in pixels
 */
export async function seedHistory(options: { count: number; now: number; side: number }): Promise<void> {
  const { count, now, side } = options;
  const shapes = ['circle', 'square', 'star', 'triangle', 'cross', 'ring', 'bar', 'moon'];
  const colours = ['crimson', 'teal', 'goldenrod', 'slateblue', 'seagreen', 'orchid', 'peru', 'navy'];
  const subjects = [
    'What does the sign above the door say?',
    'Which of the two plants needs water?',
    'Turn this table into CSV',
    'How many people are in the picture?',
    'What is the total on the receipt?',
    'Describe the chart and its trend',
    'Is the parking ticket still valid?',
    'Which bolt is missing in step 4?',
    'What colour is the second cable?',
    'Read all text on the label',
  ];
  const hourMs = 3_600_000;
  const draw = async (n: number): Promise<Blob> => {
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext('2d')!;
    context.fillStyle = `hsl(${(n * 47) % 360} 40% 88%)`;
    context.fillRect(0, 0, side, side);
    for (let i = 0; i < 12; i++) {
      context.fillStyle = colours[(n + i) % colours.length]!;
      const [x, y] = [((n * 37 + i * 61) % 100) / 100, ((n * 53 + i * 29) % 100) / 100];
      context.beginPath();
      context.arc(x * side, y * side, side * (0.05 + (i % 4) * 0.03), 0, 7);
      context.fill();
    }
    return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
  };
  const cover = async (file: Blob): Promise<Blob> => {
    const bitmap = await createImageBitmap(file, { resizeWidth: 72, resizeHeight: 72 });
    const canvas = new OffscreenCanvas(72, 72);
    canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
    bitmap.close();
    return canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
  };
  const result = {
    text: '',
    finishReason: 'stop',
    usage: { promptTokens: 300, cachedTokens: 0, imageTokens: 256, completionTokens: 60, reasoningTokens: 0 },
    speculation: { draftedSteps: 0, draftedTokens: 0, acceptedTokens: 0 },
    timings: { picturesMs: 20, visionMs: 300, prefillMs: 400, firstTokenMs: 740, decodeMs: 1500 },
  };
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('glance-history');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  for (let n = 0; n < count; n++) {
    const id = `seed-${n}`;
    const file = await draw(n);
    const small = await cover(file);
    const changedAt = now - (n < 5 ? n * 0.3 : n * 5) * hourMs;
    const shape = shapes[n % shapes.length]!;
    const colour = colours[Math.floor(n / 8) % colours.length]!;
    const title = subjects[(n * 7) % subjects.length]!;
    const transaction = database.transaction('records', 'readwrite');
    const records = transaction.objectStore('records');
    const put = (key: string[], value: unknown) => records.put(value, key);
    put(['summary', id], {
      id,
      title,
      named: false,
      pinned: n === 3 || n === 40,
      createdAt: changedAt,
      changedAt,
      deletedAt: null,
      covered: true,
    });
    put(['cover', id], small);
    put(['seen', id], []);
    put(['picture', id, `${id}-p`], {
      id: `${id}-p`,
      name: `IMG_${4000 + n}.jpg`,
      sample: false,
      vector: false,
      width: side,
      height: side,
      file,
    });
    const said: string[] = [];
    for (let i = 0; i < 4; i++) {
      const sentence = `In picture ${n} there is a ${colour} ${shape} beside ${i + 2} smaller ones, as the ${i + 1}. answer says. `;
      const text = sentence.repeat(6);
      const question = i === 0 ? title : `And what about number ${i} of the ${shape}s?`;
      said.push(question, text);
      put(['turn', id, `${id}-${i}`], {
        id: `${id}-${i}`,
        conversationId: id,
        parentId: i === 0 ? null : `${id}-${i - 1}`,
        askedAt: changedAt - (4 - i) * 60_000,
        text: question,
        pictures: i === 0 ? [`${id}-p`] : [],
        answer:
          n === 2 && i === 3
            ? { state: 'cut', text: text.slice(0, 130) }
            : { state: 'done', text, result: { ...result, text } },
      });
    }
    put(['said', id], { id, text: said.join('\n') });
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error);
    });
  }
  database.close();
}
