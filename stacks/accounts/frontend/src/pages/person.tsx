import { Link } from "wouter";
import { ApiError } from "../api/client";
import { usePerson } from "../api/queries";
import { Avatar } from "../components/avatar";
import { Icon } from "../components/icon";
import { Empty, ErrorState, Heading } from "../components/states";
import { monthOf } from "../lib/names";

export function PersonPage({ id }: { id: string }) {
  const person = usePerson(id);
  const shown = person.data;
  return (
    <div className="column">
      <p className="back">
        <Link href="/">
          <Icon name="left" /> People
        </Link>
      </p>
      {person.isPending ? (
        <div className="profile placeholder" role="status" aria-label="Loading the profile">
          <span className="avatar avatar-large" />
          <span className="person-words">
            <i />
            <i />
          </span>
        </div>
      ) : shown ? (
        <article className="profile">
          <Avatar person={shown} large />
          <div>
            <Heading title={shown.name}>{shown.name}</Heading>
            {shown.headline && <p className="headline">{shown.headline}</p>}
            <p className="quiet">
              {shown.place && (
                <>
                  <Icon name="place" /> {shown.place} ·{" "}
                </>
              )}
              here since {monthOf(shown.joined_at)}
            </p>
          </div>
          {shown.about && <p className="about">{shown.about}</p>}
        </article>
      ) : person.error instanceof ApiError && person.error.status === 404 ? (
        <Empty icon="person" title="There is nobody here">
          <p>This profile is gone, or the address is not whole.</p>
        </Empty>
      ) : (
        <ErrorState error={person.error ?? new Error()} onRetry={() => void person.refetch()} />
      )}
    </div>
  );
}
