//! Notes on cases.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::notes::{self, NewNote};
use rafiq_domain::ids::{CaseId, NoteId};
use rafiq_domain::notes::{LONGEST_NOTE, Note};
use rafiq_domain::policy::{Audience, Permitted};
use rafiq_domain::refusal::{Fields, Invalid};
use rafiq_domain::text::Prose;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{NoteAudienceCode, NoteStateCode, NoteTypeCode, SpokenLanguageCode};
use crate::extract::{ApiJson, ApiPath, ApiQuery, Child, Created, Id, IdempotencyKey, IfMatch, Versioned};
use crate::paging::{self, PageQuery, PageView};
use crate::problem::{ChangeProblems, CreateProblems, Problem, ReadProblems};
use crate::state::{Api, Caller};
use crate::text::TextView;

/// A note to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WriteNoteRequest {
    /// What kind of note.
    kind: NoteTypeCode,
    /// The language of the body.
    language: SpokenLanguageCode,
    /// The text, 1–20,000 characters in any script, in logical order.
    #[schema(example = "المريض يشكو من تشنج في الجفن السفلي الأيسر.")]
    body: String,
    /// Who besides the case team reads it.
    audience: NoteAudienceCode,
    /// The signed note of the same case that it adds to.
    addendum_of: Option<Uuid>,
}

impl TryFrom<WriteNoteRequest> for NewNote {
    type Error = Invalid;

    fn try_from(request: WriteNoteRequest) -> Result<Self, Invalid> {
        Ok(Self {
            kind: request.kind.0,
            language: request.language.0,
            body: body(&request.body)?,
            audience: request.audience.0,
            addendum_of: request.addendum_of.map(NoteId::from),
        })
    }
}

/// Another text for a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RewriteNoteRequest {
    /// The whole text, 1–20,000 characters in any script, in logical order.
    body: String,
}

fn body(text: &str) -> Result<Prose, Invalid> {
    let mut fields = Fields::new();
    let body = fields.take("/body", Prose::parse(text, LONGEST_NOTE));
    fields.finish(|| body)
}

/// A note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
struct NoteView {
    /// The id.
    id: Uuid,
    /// The case.
    case_id: Uuid,
    /// The user who wrote it; nobody else changes or signs it.
    author_id: Uuid,
    /// What kind of note.
    kind: NoteTypeCode,
    /// The language of the body.
    language: SpokenLanguageCode,
    /// The text; absent for those who may read no names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    body: Option<TextView>,
    /// Who besides the case team reads it.
    audience: NoteAudienceCode,
    /// Whether it may still be changed.
    state: NoteStateCode,
    /// When it was written.
    written_at: DateTime<Utc>,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    signed_at: Option<DateTime<Utc>>,
    /// The signed note that it adds to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    addendum_of: Option<Uuid>,
    /// The version, for `If-Match`.
    version: i32,
}

impl From<Permitted<Note>> for NoteView {
    fn from(note: Permitted<Note>) -> Self {
        let named = note.permit().audience() > Audience::Masked;
        let note = note.into_inner();
        Self {
            id: note.id.uuid(),
            case_id: note.case_id.uuid(),
            author_id: note.author_id.uuid(),
            kind: note.kind.into(),
            language: note.language.into(),
            body: named.then(|| TextView::spoken(note.body.as_str(), note.language)),
            audience: note.audience.into(),
            state: note.state.into(),
            written_at: note.written_at,
            signed_at: note.signed_at,
            addendum_of: note.addendum_of.map(NoteId::uuid),
            version: note.version.0,
        }
    }
}

/// Write a note
///
/// It begins as a draft, which its author may rewrite until it is signed. What is to be added to a
/// signed note is an addendum: a note of its own that names it.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/notes",
    tag = "notes",
    params(("case_id" = Uuid, Path, description = "The case."), IdempotencyKey),
    request_body = WriteNoteRequest,
    responses((status = 201, description = "The note.", body = NoteView), CreateProblems),
    security(("bearer" = []))
)]
async fn write_note(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiJson(request): ApiJson<WriteNoteRequest>,
) -> Result<Created<Versioned<NoteView>>, Problem> {
    let note = notes::write_note(api.app(), &caller.0, case_id, request.try_into()?).await?;
    let address = format!("/api/v1/cases/{case_id}/notes/{}", note.id);
    Ok(Created(address, Versioned(note.version, note.into())))
}

/// List the notes of a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}/notes",
    tag = "notes",
    params(("case_id" = Uuid, Path, description = "The case."), PageQuery),
    responses((status = 200, description = "The notes, newest first.", body = PageView<NoteView>), ReadProblems),
    security(("bearer" = []))
)]
async fn list_notes(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<ApiJson<PageView<NoteView>>, Problem> {
    let notes = notes::list_notes(api.app(), &caller.0, case_id, query.into()).await?;
    Ok(ApiJson(paging::view(notes)))
}

/// Read a note
#[utoipa::path(
    get,
    path = "/cases/{case_id}/notes/{note_id}",
    tag = "notes",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("note_id" = Uuid, Path, description = "The note."),
    ),
    responses((status = 200, description = "The note.", body = NoteView), ReadProblems),
    security(("bearer" = []))
)]
async fn view_note(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<NoteId>>,
) -> Result<Versioned<NoteView>, Problem> {
    let note = notes::view_note(api.app(), &caller.0, case_id, id).await?;
    Ok(Versioned(note.version, note.into()))
}

/// Rewrite a note
///
/// Replaces the text of a draft. Only its author may.
#[utoipa::path(
    put,
    path = "/cases/{case_id}/notes/{note_id}",
    tag = "notes",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("note_id" = Uuid, Path, description = "The note."),
        IfMatch,
    ),
    request_body = RewriteNoteRequest,
    responses((status = 200, description = "The note.", body = NoteView), ChangeProblems),
    security(("bearer" = []))
)]
async fn rewrite_note(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<NoteId>>,
    IfMatch(decided_on): IfMatch,
    ApiJson(request): ApiJson<RewriteNoteRequest>,
) -> Result<Versioned<NoteView>, Problem> {
    let body = body(&request.body)?;
    let note = notes::rewrite_note(api.app(), &caller.0, case_id, id, decided_on, body).await?;
    Ok(Versioned(note.version, note.into()))
}

/// Sign a note
///
/// From then on nobody changes it, not even its author. Only its author may sign.
#[utoipa::path(
    post,
    path = "/cases/{case_id}/notes/{note_id}/sign",
    tag = "notes",
    params(
        ("case_id" = Uuid, Path, description = "The case."),
        ("note_id" = Uuid, Path, description = "The note."),
        IfMatch,
        IdempotencyKey,
    ),
    responses((status = 200, description = "The note.", body = NoteView), ChangeProblems),
    security(("bearer" = []))
)]
async fn sign_note(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Child(case_id, id)): ApiPath<Child<NoteId>>,
    IfMatch(decided_on): IfMatch,
) -> Result<Versioned<NoteView>, Problem> {
    let note = notes::sign_note(api.app(), &caller.0, case_id, id, decided_on).await?;
    Ok(Versioned(note.version, note.into()))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_notes, write_note))
        .routes(routes!(view_note, rewrite_note))
        .routes(routes!(sign_note))
}
