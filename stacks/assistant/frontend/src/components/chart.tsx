import type { CSSProperties } from "react";
import { count, top } from "../lib/format";

export type Part = { name: string; className: string };
export type Bar = { label: string; long: string; values: number[] };

/**
 * Stacked bars. The picture is for eyes that look at it as a whole; the same numbers are a table, for ears and for whoever wants
 * them exactly. Its height is fixed before the numbers are there.
 */
export function Chart({ title, parts, bars, every }: { title: string; parts: Part[]; bars: Bar[]; every: number }) {
  const highest = top(Math.max(0, ...bars.map(sum)));
  const share = (value: number): CSSProperties => ({ height: `${(value / highest) * 100}%` });
  return (
    <figure className="card chart">
      <figcaption>
        <h2>{title}</h2>
        {parts.length > 1 && (
          <ul className="legend">
            {parts.map((part) => (
              <li key={part.name}>
                <i className={part.className} /> {part.name}
              </li>
            ))}
          </ul>
        )}
      </figcaption>
      <div className="plot" aria-hidden="true">
        <div className="axis">
          {[highest, highest / 2, 0].map((value) => (
            <span key={value}>{count(value)}</span>
          ))}
        </div>
        <div className="bars" data-many={bars.length > 40 || undefined}>
          {bars.map((bar, at) => (
            <div className="bar" key={bar.long}>
              <div className="stack">
                {bar.values.map((value, n) => (
                  <b key={parts[n]?.name} className={parts[n]?.className} style={share(value)} />
                ))}
              </div>
              <small>{at % every === 0 ? bar.label : ""}</small>
              <span className="tip" data-late={at > bars.length / 2 || undefined}>
                <strong>{bar.long}</strong>
                {bar.values.map((value, n) => (
                  <span key={parts[n]?.name}>
                    {parts[n]?.name}: {count(value)}
                  </span>
                ))}
              </span>
            </div>
          ))}
        </div>
      </div>
      <details>
        <summary>As a table</summary>
        <div className="scroll" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
          <table>
            <thead>
              <tr>
                <td />
                {parts.map((part) => (
                  <th scope="col" key={part.name}>
                    {part.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {bars.map((bar) => (
                <tr key={bar.long}>
                  <th scope="row">{bar.long}</th>
                  {bar.values.map((value, n) => (
                    <td key={parts[n]?.name}>{count(value)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

const sum = (bar: Bar): number => bar.values.reduce((a, b) => a + b, 0);
