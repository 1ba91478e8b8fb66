/* Light or dark, as the system says: what is drawn on a canvas must be drawn again on a change. */
import { signal } from '@preact/signals';

const dark = matchMedia('(prefers-color-scheme: dark)');
export const theme = signal(dark.matches ? 'dark' : 'light');
dark.addEventListener('change', () => { theme.value = dark.matches ? 'dark' : 'light'; });
