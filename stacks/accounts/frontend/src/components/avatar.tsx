import { hueOf, initialsOf } from "../lib/names";
import type { Profile } from "../api/types";

/** A picture, or initials on a colour of the person's own; always of the size that it will have. */
export function Avatar({ person, large = false }: { person: Pick<Profile, "id" | "name" | "avatar">; large?: boolean }) {
  const side = large ? 128 : 48;
  const className = large ? "avatar avatar-large" : "avatar";
  if (person.avatar)
    return (
      <img
        className={className}
        src={large ? person.avatar.large : person.avatar.small}
        width={side}
        height={side}
        alt={large ? `${person.name}’s picture` : ""}
        decoding="async"
      />
    );
  return (
    <span className={`${className} hue-${hueOf(person.id)}`} aria-hidden="true">
      {initialsOf(person.name)}
    </span>
  );
}
