//! The team of a case: who is on it, how it is handed over, and second opinions.

use axum::extract::State;
use rafiq_app::teams::{self, Team};
use rafiq_domain::cases::Case;
use rafiq_domain::ids::{CaseId, GrantId, UserId};
use rafiq_domain::policy::Permitted;
use rafiq_domain::refusal::{FieldCode, Fields, Invalid};
use rafiq_domain::teams::{HandOverNote, MOST_AT_ONCE, Seat, TeamChange};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::Language;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::access::GrantView;
use crate::cases::CaseView;
use crate::code::SpokenLanguageCode;
use crate::extract::{ApiJson, ApiPath, ApiQuery, Child, Created, Id, IdempotencyKey, IfMatch, Instant, Versioned};
use crate::language::AnswerLanguage;
use crate::paging::{PageQuery, PageView, view, views};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};

/// Who is to care for a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignCaseRequest {
    /// The coordinator.
    coordinator_id: Uuid,
    /// The doctor; none takes the doctor off the case.
    doctor_id: Option<Uuid>,
    /// What the next coordinator has to know, 1–2,000 characters in any script. Needed when the coordinator
    /// changes; kept in the case as a signed note of type `handover`.
    #[schema(example = "يتصل كل صباح، وينتظر موعد التصوير.")]
    note: Option<String>,
    /// The language of the note; that of the request (`Accept-Language`) when not said.
    note_language: Option<SpokenLanguageCode>,
}

impl AssignCaseRequest {
    fn team(&self) -> Team {
        Team { coordinator_id: self.coordinator_id.into(), doctor_id: self.doctor_id.map(UserId::from) }
    }

    fn note(&self, asked_in: Language) -> Result<Option<HandOverNote>, Invalid> {
        let mut fields = Fields::new();
        fields.require("/note_language", self.note.is_some() || self.note_language.is_none(), FieldCode::Contradicts);
        let note = note(&mut fields, self.note.as_deref(), self.note_language, asked_in);
        fields.finish(|| Some(note))
    }
}

fn note(
    fields: &mut Fields,
    text: Option<&str>,
    language: Option<SpokenLanguageCode>,
    asked_in: Language,
) -> Option<HandOverNote> {
    let language = language.map_or(asked_in.spoken(), |language| language.0);
    fields.take_optional("/note", text.map(|text| HandOverNote::parse(text, language)))
}

/// Cases that are to be handed over at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReassignCasesRequest {
    /// The cases, 1 to 100, each once.
    case_ids: Vec<Uuid>,
    /// The coordinator of all of them from now on; left out, each keeps its own. One of the two must be given.
    coordinator_id: Option<Uuid>,
    /// The doctor of all of them from now on; left out, each keeps its own.
    doctor_id: Option<Uuid>,
    /// What those who take over have to know, 1–2,000 characters in any script; kept in each case that changes.
    note: String,
    /// The language of the note; that of the request (`Accept-Language`) when not said.
    note_language: Option<SpokenLanguageCode>,
}

/// What is to happen to which cases.
struct Reassignment {
    case_ids: Vec<CaseId>,
    change: TeamChange,
    note: HandOverNote,
}

impl ReassignCasesRequest {
    fn check(self, asked_in: Language) -> Result<Reassignment, Invalid> {
        let mut fields = Fields::new();
        fields.require("/case_ids", !self.case_ids.is_empty(), FieldCode::Empty);
        fields.require("/case_ids", self.case_ids.len() <= MOST_AT_ONCE, FieldCode::TooMany);
        let mut seen = std::collections::HashSet::new();
        for (index, id) in self.case_ids.iter().enumerate().take(MOST_AT_ONCE) {
            fields.require(&format!("/case_ids/{index}"), seen.insert(*id), FieldCode::Duplicate);
        }
        let named = self.coordinator_id.or(self.doctor_id).is_some();
        fields.require("/coordinator_id", named, FieldCode::Required);
        let note = note(&mut fields, Some(&self.note), self.note_language, asked_in);
        let coordinator = self.coordinator_id.map_or(Seat::Stays, |id| Seat::Goes(id.into()));
        let doctor = self.doctor_id.map_or(Seat::Stays, |id| Seat::Goes(Some(id.into())));
        fields.finish(|| {
            let case_ids = self.case_ids.into_iter().map(CaseId::from).collect();
            Some(Reassignment { case_ids, change: TeamChange { coordinator, doctor }, note: note? })
        })
    }
}

/// A case after it was handed over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReassignedCase)]
struct ReassignedCaseView {
    /// The id.
    id: Uuid,
    /// The number that people use.
    #[schema(example = "C-2026-000017-5")]
    number: String,
    /// The coordinator.
    coordinator_id: Uuid,
    /// The doctor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    doctor_id: Option<Uuid>,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<Case>> for ReassignedCaseView {
    fn from(case: Permitted<Case>) -> Self {
        let case = case.into_inner();
        Self {
            id: case.id.uuid(),
            number: case.number,
            coordinator_id: case.coordinator_id.uuid(),
            doctor_id: case.doctor_id.map(UserId::uuid),
            version: case.version.0,
        }
    }
}

/// A doctor who is to be asked for an opinion.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskSecondOpinionRequest {
    /// The doctor, who is not the doctor of the case, and never the caller where the caller stands in for someone.
    doctor_id: Uuid,
    /// Until when the doctor reads the case, exclusively; at most 90 days ahead, and where the caller stands in for
    /// someone, no longer than that.
    #[schema(value_type = DateTime<Utc>)]
    until: Instant,
    /// What the doctor is asked, 1–500 characters.
    #[schema(example = "Does the vessel explain the spasm on this side?")]
    reason: String,
}

impl AskSecondOpinionRequest {
    fn reason(&self) -> Result<Line, Invalid> {
        let mut fields = Fields::new();
        let reason = fields.take("/reason", Line::parse(&self.reason, Line::LONGEST));
        fields.finish(|| reason)
    }
}

/// List the team of a case
///
/// Who coordinates it, who is its doctor and whom it asked for a second opinion, now and before, with the dates
/// of each membership and who gave it. The `ETag` is the case's.
#[utoipa::path(
    get,
    path = "/cases/{case_id}/team",
    tag = "teams",
    params(("case_id" = Uuid, Path, description = "The case."), PageQuery),
    responses((status = 200, description = "The memberships, newest first.", body = PageView<GrantView>), ReadProblems),
    security(("bearer" = []))
)]
async fn view_team(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<CaseId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Versioned<PageView<GrantView>>, Problem> {
    let team = teams::view_team(api.app(), &caller.0, id, query.into()).await?;
    Ok(Versioned(team.version, view(team.map(|team| team.members))))
}

/// Assign coordinator and doctor
///
/// A case that goes to another coordinator goes with a note. Who was on the team before reads the case no more
/// from this moment on. Who stands in for someone gives seats to others, and takes none: 422 `contradicts`.
#[utoipa::path(
    put,
    path = "/cases/{case_id}/team",
    tag = "teams",
    params(("case_id" = Uuid, Path, description = "The case."), IfMatch),
    request_body = AssignCaseRequest,
    responses((status = 200, description = "The case.", body = CaseView), ChangeProblems),
    security(("bearer" = []))
)]
async fn assign_case(
    caller: Caller,
    State(api): State<Api>,
    AnswerLanguage(language): AnswerLanguage,
    ApiPath(Id(id)): ApiPath<Id<CaseId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<AssignCaseRequest>,
) -> Result<Versioned<CaseView>, Problem> {
    let (team, note) = (request.team(), request.note(language)?);
    let assigned = teams::assign_case(api.app(), &caller.0, id, decided_on, team, note.as_ref()).await?;
    Ok(Versioned(assigned.case.version, assigned.into()))
}

/// Hand several cases over at once
///
/// All of them or none: one that the caller may not hand over, or that takes no entries any more, refuses the
/// whole request and is named by its place in `case_ids`. A case that already has this team stays as it is. Who
/// stands in for someone gives seats to others, and takes none: 422 `contradicts`.
#[utoipa::path(
    post,
    path = "/case-reassignments",
    tag = "teams",
    params(IdempotencyKey),
    request_body = ReassignCasesRequest,
    responses((status = 200, description = "The cases, in the order of the request.", body = [ReassignedCaseView]), CreateProblems),
    security(("bearer" = []))
)]
async fn reassign_cases(
    caller: Caller,
    State(api): State<Api>,
    AnswerLanguage(language): AnswerLanguage,
    ApiJson(request): ApiJson<ReassignCasesRequest>,
) -> Result<ApiJson<Vec<ReassignedCaseView>>, Problem> {
    let Reassignment { case_ids, change, note } = request.check(language)?;
    Ok(ApiJson(views(teams::reassign_cases(api.app(), &caller.0, &case_ids, change, &note).await?)))
}

/// Ask for a second opinion
///
/// Until then the doctor reads the case and writes notes on it, and does nothing else with it. Refused with 409
/// `already_exists` while the same doctor is asked.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/second-opinions",
    tag = "teams",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = AskSecondOpinionRequest,
    responses((status = 201, description = "The membership.", body = GrantView), CreateProblems),
    security(("bearer" = []))
)]
async fn ask_second_opinion(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<AskSecondOpinionRequest>,
) -> Result<Created<ApiJson<GrantView>>, Problem> {
    let (doctor, until, reason) = (request.doctor_id.into(), request.until.0, request.reason()?);
    let asked = teams::ask_second_opinion(api.app(), &caller.0, id, doctor, until, reason).await?;
    Ok(Created(format!("/api/v1/cases/{id}/team"), ApiJson(asked.into())))
}

/// End a second opinion
#[utoipa::path(
    post,
    path = "/cases/{case_id}/second-opinions/{grant_id}/end",
    tag = "teams",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("grant_id" = Uuid, Path, description = "The membership."),
        IdempotencyKey,
    ),
    responses((status = 200, description = "The membership.", body = GrantView), CreateProblems),
    security(("bearer" = []))
)]
async fn end_second_opinion(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<GrantId>>,
) -> Result<ApiJson<GrantView>, Problem> {
    Ok(ApiJson(teams::end_second_opinion(api.app(), &caller.0, case_id, id).await?.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(view_team, assign_case))
        .routes(routes!(reassign_cases))
        .routes(routes!(ask_second_opinion))
        .routes(routes!(end_second_opinion))
}
