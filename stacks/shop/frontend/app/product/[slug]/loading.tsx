export default function Loading() {
  return (
    <div className="product" role="status" aria-label="Loading">
      <span className="picture ghost" />
      <div><span className="ghost title" /><span className="ghost line" /><span className="ghost line" /></div>
    </div>
  );
}
