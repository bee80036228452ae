/** Answers whose form is given, on both devices. In one page, for a fresh one has everything to compile. */
import './steered/calls_ahead.ts';
import './steered/constraint.ts';
import './steered/modes.ts';
