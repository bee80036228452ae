import { embedGlance } from './host.js';

const answer = document.querySelector('#answer');
// The address of your Glance site; here the page is told in its own.
const src = new URLSearchParams(location.search).get('site');

try {
  const glance = await embedGlance(document.querySelector('#here'), { src, theme: 'light' });
  const image = await (await fetch(document.querySelector('#photo').src)).blob();
  const said = await glance.ask('How many circles are there?', { image });
  answer.textContent = said.answer;
} catch (error) {
  answer.textContent = `${error.code}: ${error.message}`;
} finally {
  document.body.dataset.done = '';
}
