/** While a list is on its way: its shape, so that nothing moves when it comes. */
export default function Loading() {
  return (
    <div role="status" aria-label="Loading">
      <div className="list-head"><span className="ghost title" /></div>
      <div className="choices"><span className="ghost chip" /></div>
      <ul className="grid" aria-hidden>
        {Array.from({ length: 8 }, (_, n) => (
          <li className="card" key={n}><span className="picture ghost" /><span className="ghost line" /></li>
        ))}
      </ul>
    </div>
  );
}
