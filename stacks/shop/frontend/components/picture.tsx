import type { Pictures } from "@/lib/types";

type Props = { of: Pictures; alt: string; sizes: string; eager?: boolean };

/** A square that keeps its place until the picture has come, and without one. */
export function Picture({ of, alt, sizes, eager = false }: Props) {
  if (!of) return <span className="picture none" role={alt ? "img" : undefined} aria-label={alt || undefined} />;
  return (
    <img
      className="picture"
      src={of["320"]}
      srcSet={`${of["320"]} 320w, ${of["640"]} 640w, ${of["1280"]} 1280w`}
      sizes={sizes}
      width={640}
      height={640}
      alt={alt}
      loading={eager ? "eager" : "lazy"}
      decoding="async"
    />
  );
}
