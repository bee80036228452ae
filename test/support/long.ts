/** Whether tests run at full length (`npm run test:long`), or short enough to be run after every change. */
export const isLong = import.meta.env.VITE_GLANCE_LONG_TESTS === '1';
