import { expect, type Page, test } from '@playwright/test';
import { samples, Visitor } from './visitor.ts';

// What the service worker does is not the subject here: to keep the whole site takes as long as to start the page.
test.use({ serviceWorkers: 'block' });

/** English that is not the page's: questions and answers, names of models, and what is read out of sight. */
const SAID = 'h2, a, glance-answer, .sample .question, textarea, #name, .facts, dd, code, pre';

/** Texts and labels on the page that are still English sentences. */
function englishOn(page: Page): Promise<string[]> {
  return page.evaluate((said) => {
    const found: string[] = [];
    const visit = (node: Node) => {
      if (node instanceof Element) {
        if (node.matches(said) || node.localName === 'style') return;
        for (const name of ['aria-label', 'title', 'placeholder', 'alt']) report(node.getAttribute(name));
        if (node.shadowRoot !== null) visit(node.shadowRoot);
      }
      if (node instanceof Text) report(node.data);
      node.childNodes.forEach(visit);
    };
    const report = (text: string | null) => {
      if (text !== null && !/\p{Script=Han}/u.test(text) && /[A-Za-z]{2,} [a-z]{2,}/.test(text)) {
        found.push(text.trim());
      }
    };
    visit(document.body);
    return found;
  }, SAID);
}

test.describe('in a Chinese browser', () => {
  test.use({ locale: 'zh-CN' });

  test('the way from a sample to a model of one’s own is in Chinese, and changes under one’s eyes', async ({
    page,
    context,
  }) => {
    const [first, second] = samples;
    const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
    const dialog = (name: string) => page.getByRole('dialog', { name });
    await page.goto('./');
    await expect(page).toHaveTitle(/看图问答/);
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans');
    await expect(page.getByRole('heading', { name: '看图提问' })).toBeVisible();
    const sample = page.getByRole('list', { name: '示例' }).getByRole('button', { name: first!.question });
    await expect(sample.getByRole('img')).toHaveAttribute('alt', /红色三角形/);
    await sample.click();
    const turns = page.getByRole('article', { name: '问与答' });
    await expect(turns.locator('.answer')).toHaveText(first!.answer);
    await expect(page.getByText('由演示模型 pico 回答')).toBeVisible();

    const field = page.getByRole('textbox', { name: '问题' });
    await field.fill(second!.question);
    await field.press('Enter');
    await expect(turns).toHaveCount(2);
    await turns.last().getByRole('button', { name: '速度' }).click();
    await expect(turns.last().getByText(/首个 token/)).toBeVisible();
    await expect(page.getByRole('heading', { name: '今天' })).toBeVisible();
    expect(await englishOn(page)).toEqual([]);

    const chooser = page.waitForEvent('filechooser');
    await button('添加图片').click();
    await (await chooser).setFiles([
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Not a picture.') },
    ]);
    const notice = page.getByRole('alert');
    await expect(notice).toContainText('这个文件不是可用的图片：notes.txt');
    await expect(notice).toContainText('请重新选择，或另存为 JPEG 或 PNG 再试。');

    await button(/pico 演示/).click();
    await expect(dialog('pico，演示模型').getByText(/Qwen3-VL，2\d\d 万参数/)).toBeVisible();
    expect(await englishOn(page)).toEqual([]);
    await button('选择其他模型').click();
    const models = dialog('模型');
    await expect(models.getByRole('heading', { name: 'Qwen3-VL 8B Thinking' })).toBeVisible();
    expect(await englishOn(page)).toEqual([]);
    await models.getByRole('button', { name: '关闭', exact: true }).click();

    // Chosen in another tab: everything that is on this one follows, what was written stays.
    await field.fill('图里有几个图形？');
    const other = await context.newPage();
    await other.goto('./');
    await other.evaluate(() => localStorage.setItem('glance-language', 'en'));
    await other.close();
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(page.getByRole('textbox', { name: 'Question' })).toHaveValue('图里有几个图形？');
    await expect(page.getByRole('article', { name: 'Question and answer' })).toHaveCount(2);
    await expect(new Visitor(page).chip()).toBeVisible();
    await expect(page).toHaveTitle(/ask about a picture/);

    // What was chosen wins over what the browser says.
    await page.reload();
    await expect(page.getByRole('textbox', { name: 'Question' })).toBeVisible();
  });
});
