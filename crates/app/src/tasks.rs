//! Tasks: what the product found for our staff to do.

use rafiq_domain::ids::{CaseId, TaskId};
use rafiq_domain::paging::{Page, Slice, Version};
use rafiq_domain::policy::{Action, Permitted};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::tasks::Task;
use rafiq_persistence::tasks;

use crate::{App, Caller, Refused, cases};

/// One page of a case's tasks, newest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not.
pub async fn list_tasks(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    page: Page,
) -> Result<Permitted<Slice<Task>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewTasks, case_id).await?;
        let tasks = tasks::list_of_case(db, case_id, page).await?;
        Ok(case.with(tasks))
    })
    .await
}

/// Marks a task as done.
///
/// # Errors
/// [`Refused`] when there is none, it is over or for someone else, or the caller decided on an older version.
pub async fn complete_task(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    id: TaskId,
    decided_on: Version,
) -> Result<Permitted<Task>, Refused> {
    app.write(caller, async |tx| {
        let case = cases::find(tx, caller, Action::CompleteTask, case_id).await?;
        let task = tasks::find(tx, case_id, id).await?.ok_or(NotFound)?;
        task.version.expect(decided_on)?;
        let done = case.with(task).try_map(|task| task.complete(case.permit()))?;
        let version = tasks::update(tx, &done).await?;
        Ok(done.map(|task| Task { version, ..task }))
    })
    .await
}
