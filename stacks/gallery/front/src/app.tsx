import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { Redirect, Route, Switch } from "wouter";
import { session } from "./api/session";
import { useSession } from "./api/use-session";
import { Shell } from "./components/shell";
import { ErrorState, Splash } from "./components/states";
import { Toasts } from "./components/toasts";
import { UploadProvider } from "./components/upload-provider";
import { AlbumPage } from "./pages/album";
import { AlbumsPage } from "./pages/albums";
import { FeedPage } from "./pages/feed";
import { LinkPage } from "./pages/link";
import { SignInPage } from "./pages/sign-in";

export function App() {
  return (
    <Toasts>
      <Entrance />
    </Toasts>
  );
}

/** Decides between the pages for everyone and those for members. */
function Entrance() {
  const state = useSession();
  const queries = useQueryClient();
  const [trouble, setTrouble] = useState<Error | null>(null);

  const start = useCallback(() => {
    setTrouble(null);
    session.start().catch(setTrouble);
  }, []);
  useEffect(start, [start]);
  useEffect(() => {
    if (state.status === "anonymous") queries.clear();
  }, [state.status, queries]);

  if (state.status === "starting") return trouble ? <ErrorState error={trouble} onRetry={start} full /> : <Splash />;
  return (
    <Switch>
      <Route path="/login/max" component={LinkPage} />
      {state.status === "anonymous" ? (
        <Route>
          <SignInPage ended={state.ended ?? null} />
        </Route>
      ) : (
        <Route>
          <Members />
        </Route>
      )}
    </Switch>
  );
}

function Members() {
  return (
    <UploadProvider>
      <Shell>
        <Switch>
          <Route path="/">
            <FeedPage scope="all" />
          </Route>
          <Route path="/mine">
            <FeedPage scope="mine" />
          </Route>
          <Route path="/liked">
            <FeedPage scope="liked" />
          </Route>
          <Route path="/albums" component={AlbumsPage} />
          <Route path="/albums/:id">{({ id }) => <AlbumPage id={id} />}</Route>
          <Route>
            <Redirect to="/" replace />
          </Route>
        </Switch>
      </Shell>
    </UploadProvider>
  );
}
