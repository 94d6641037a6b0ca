//! Tasks on cases.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::tasks;
use rafiq_domain::ids::{CaseId, TaskId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::tasks::Task;
use rafiq_domain::vocabulary::{Coded, Language};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{Code, RoleCode, TaskKindCode, TaskStateCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Child, Id, IdempotencyKey, IfMatch, Versioned};
use crate::language::AnswerLanguage;
use crate::paging::{PageQuery, PageView};
use crate::problem::{ChangeProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// A task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
struct TaskView {
    /// The id.
    id: Uuid,
    /// What it is about.
    kind: TaskKindCode,
    /// The same in words.
    label: &'static str,
    /// Codes that say more, such as the gates that were broken.
    about: Vec<String>,
    /// Whose work it is.
    role: RoleCode,
    /// Until when.
    due_at: DateTime<Utc>,
    /// Where it stands.
    state: TaskStateCode,
    /// Whose doing is to be looked at: it takes someone else to complete it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    review_of: Option<Uuid>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    done_by: Option<Uuid>,
    /// The version, for `If-Match`.
    version: i32,
}

impl TaskView {
    fn of(task: Permitted<Task>, language: Language) -> Self {
        let task = task.into_inner();
        Self {
            id: task.id.uuid(),
            kind: Code(task.kind),
            label: task.kind.label(language),
            about: task.about,
            role: Code(task.role),
            due_at: task.due_at,
            state: Code(task.state),
            review_of: task.review_of.map(UserId::uuid),
            done_by: task.done_by.map(UserId::uuid),
            version: task.version.0,
        }
    }
}

/// List the tasks of a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}/tasks",
    tag = "tasks",
    params(("case_id" = Uuid, Path, description = "The case."), PageQuery),
    responses((status = 200, description = "The tasks, newest first.", body = PageView<TaskView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_tasks(
    caller: Caller,
    State(api): State<Api>,
    AnswerLanguage(language): AnswerLanguage,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<TaskView>>, Problem> {
    let tasks = tasks::list_tasks(api.app(), &caller.0, case_id, query.into()).await?;
    let permit = tasks.with(());
    Ok(ApiJson(tasks.into_inner().map(|task| TaskView::of(permit.with(task), language)).into()))
}

/// Complete a task
#[utoipa::path(
    post,
    path = "/cases/{case_id}/tasks/{task_id}/complete",
    tag = "tasks",
    params(("case_id" = Uuid, Path, description = "The case."), ("task_id" = Uuid, Path, description = "The task."), IfMatch, IdempotencyKey),
    responses((status = 200, description = "The task.", body = TaskView), ChangeProblems),
    security(("bearer" = []))
)]
async fn complete_task(
    caller: Caller,
    State(api): State<Api>,
    AnswerLanguage(language): AnswerLanguage,
    ApiPath(Child(case_id, id)): ApiPath<Child<TaskId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<TaskView>, Problem> {
    let task = tasks::complete_task(api.app(), &caller.0, case_id, id, decided_on).await?;
    Ok(Versioned(task.version, TaskView::of(task, language)))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_tasks)).routes(routes!(complete_task))
}
