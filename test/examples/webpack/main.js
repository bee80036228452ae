import { define } from 'glance/elements';

define();

const chat = document.querySelector('glance-chat');
chat.image = new URL('./stars.png', import.meta.url);
chat.system = 'Answer in one sentence.';
