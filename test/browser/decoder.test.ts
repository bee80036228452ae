/** The decoder on the GPU. In one page, for a fresh one has everything to compile. */
import './decoder/conversations.ts';
import './decoder/token_loop.ts';
