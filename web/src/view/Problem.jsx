/* An error as the hub tells it: what, why, how to mend it, and its id for a manual or a call. */
export function Problem({ error }) {
  if (!error) return null;
  return (
    <div class="problem" role="alert">
      <strong>{error.what}</strong>
      {error.why && <span>{error.why}</span>}
      {error.mend && <span>{error.mend}</span>}
      {error.id && <code>{error.id}</code>}
    </div>
  );
}
