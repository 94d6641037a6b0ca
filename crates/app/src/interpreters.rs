//! Interpreters: who they are, and whether they take jobs.

use rafiq_domain::ids::InterpreterId;
use rafiq_domain::interpreters::{Interpreter, InterpreterProfile};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, Whole, permit, scope};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::vocabulary::InterpreterState;
use rafiq_persistence::interpreters;
pub use rafiq_persistence::interpreters::InterpreterFilter;

use crate::{App, Caller, Refused};

/// Registers an interpreter; they take jobs unless said otherwise.
///
/// # Errors
/// [`Refused`] when the caller may not, or the profile is not sound.
pub async fn register_interpreter(
    app: &App,
    caller: &Caller,
    profile: InterpreterProfile,
    state: Option<InterpreterState>,
) -> Result<Permitted<Interpreter>, Refused> {
    let profile = profile.check()?;
    let state = state.unwrap_or(InterpreterState::Active);
    app.write(caller, async |tx| {
        let permitted = permit(&caller.actor, Action::ManageInterpreters, Whole(ObjectKind::Interpreter))?;
        let id = InterpreterId::new(app.ids());
        let interpreter = Interpreter { id, profile, state, version: Version::FIRST };
        let interpreter = permitted.with(interpreter);
        interpreters::insert(tx, &interpreter, app.now()).await?;
        Ok(interpreter)
    })
    .await
}

/// Replaces what is known of an interpreter; a `state` says whether they take jobs. What they accepted stands.
///
/// # Errors
/// [`Refused`] when there is none, the caller may not, or decided on an older version.
pub async fn update_interpreter(
    app: &App,
    caller: &Caller,
    id: InterpreterId,
    decided_on: Version,
    profile: InterpreterProfile,
    state: Option<InterpreterState>,
) -> Result<Permitted<Interpreter>, Refused> {
    let profile = profile.check()?;
    app.write(caller, async |tx| {
        let known = interpreters::find(tx, id).await?.ok_or(NotFound)?;
        let known = permit(&caller.actor, Action::ManageInterpreters, known)?;
        known.version.expect(decided_on)?;
        let changed = known.map(|known| Interpreter { profile, state: state.unwrap_or(known.state), ..known });
        let version = interpreters::update(tx, &changed).await?;
        Ok(changed.map(|interpreter| Interpreter { version, ..interpreter }))
    })
    .await
}

/// One interpreter.
///
/// # Errors
/// [`Refused`] when there is none, or the caller may not know of them.
pub async fn view_interpreter(
    app: &App,
    caller: &Caller,
    id: InterpreterId,
) -> Result<Permitted<Interpreter>, Refused> {
    app.read(caller, async |db| {
        let interpreter = interpreters::find(db, id).await?.ok_or(NotFound)?;
        Ok(permit(&caller.actor, Action::ViewInterpreters, interpreter)?)
    })
    .await
}

/// One page of the interpreters.
///
/// # Errors
/// [`Refused`] when the caller may see none.
pub async fn list_interpreters(
    app: &App,
    caller: &Caller,
    filter: InterpreterFilter,
    page: Page,
) -> Result<Permitted<Slice<Interpreter>>, Refused> {
    app.read(caller, async |db| {
        let scope = scope(&caller.actor, Action::ViewInterpreters, ObjectKind::Interpreter)?;
        let interpreters = interpreters::list(db, &scope, filter, page).await?;
        Ok(scope.with(interpreters))
    })
    .await
}
