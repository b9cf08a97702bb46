export function Logo() {
  return (
    <span className="logo">
      <img src="/favicon.svg" alt="" width="30" height="30" />
      <b>Roster</b>
    </span>
  );
}
