import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { Redirect, Route, Switch } from "wouter";
import { session } from "./api/session";
import { useSession } from "./api/use-session";
import { Shell } from "./components/shell";
import { ErrorState, Splash } from "./components/states";
import { Toasts } from "./components/toasts";
import { ForgotPage } from "./pages/forgot";
import { JoinPage } from "./pages/join";
import { ResetPage, VerifyPage } from "./pages/links";
import { PeoplePage } from "./pages/people";
import { PersonPage } from "./pages/person";
import { ProfilePage } from "./pages/profile";
import { SignInPage } from "./pages/sign-in";

export function App() {
  return (
    <Toasts>
      <Door />
    </Toasts>
  );
}

/** Decides between the pages for everyone and those for who is signed in. */
function Door() {
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
      <Route path="/verify" component={VerifyPage} />
      <Route path="/reset" component={ResetPage} />
      {state.status === "anonymous" ? (
        <Switch>
          <Route path="/join" component={JoinPage} />
          <Route path="/forgot" component={ForgotPage} />
          <Route>
            <SignInPage ended={state.ended ?? null} />
          </Route>
        </Switch>
      ) : (
        <Shell>
          <Switch>
            <Route path="/" component={PeoplePage} />
            <Route path="/people/:id">{({ id }) => <PersonPage id={id} />}</Route>
            <Route path="/me" component={ProfilePage} />
            <Route>
              <Redirect to="/" replace />
            </Route>
          </Switch>
        </Shell>
      )}
    </Switch>
  );
}
