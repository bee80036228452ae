import { define, type GlanceChat, type GlanceElementEventMap } from 'glance/elements';
import { type DetailedHTMLProps, type HTMLAttributes, useState } from 'react';
import { createRoot } from 'react-dom/client';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'glance-chat': DetailedHTMLProps<HTMLAttributes<GlanceChat>, GlanceChat> & {
        image?: GlanceChat['image'];
        size?: string;
        'onglance-message'?: (event: GlanceElementEventMap['glance-message']) => void;
      };
    }
  }
}

define();

document.addEventListener('glance-error', ({ detail }) => console.error(detail.code, detail.message));

function Page() {
  const [answers, setAnswers] = useState<readonly string[]>([]);
  return (
    <main>
      <glance-chat
        image="word.png"
        size="medium"
        onglance-message={({ detail }) => setAnswers((before) => [...before, detail.answer])}
      />
      <ul id="answers">
        {answers.map((answer) => (
          <li key={answer}>{answer}</li>
        ))}
      </ul>
    </main>
  );
}

createRoot(document.querySelector('#root')!).render(<Page />);
