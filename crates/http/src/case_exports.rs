//! Cases in bulk, as a table: asked for by one, agreed to by another, fetched by the first.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::stream;
use rafiq_app::cases::CaseWithPatient;
use rafiq_app::exports::{self, Export};
use rafiq_domain::ids::ApprovalId;
use rafiq_domain::policy::{Audience, Permitted};
use rafiq_domain::vocabulary::Coded;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::approvals::{ApprovalView, reason, requested};
use crate::code::StageCode;
use crate::csv;
use crate::extract::{ApiJson, ApiPath, Created, Id, IdempotencyKey, Versioned};
use crate::problem::{CreateProblems, DownloadProblems, Problem};
use crate::state::{Api, Caller};

/// The first row.
const COLUMNS: [&str; 20] = [
    "case_number",
    "stage",
    "stage_since",
    "on_hold",
    "priority",
    "source",
    "payer",
    "received_at",
    "closed_at",
    "closure_reason",
    "surgery_cycle",
    "laterality",
    "mrn",
    "arabic_name",
    "passport_surname",
    "passport_given",
    "birth_date",
    "sex",
    "nationality",
    "residence_country",
];

/// Why cases should be exported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestCaseExportRequest {
    /// Only cases in this stage; all that you may see when not said.
    stage: Option<StageCode>,
    /// Why, 1–500 characters, without a word about a patient.
    #[schema(example = "Yearly report on health tourism")]
    reason: String,
}

/// Ask for a second person to export cases
///
/// An auditor or an administrator agrees. Then the one who asked, and nobody else, may fetch the
/// content for 24 hours.
#[utoipa::path(
    post,
    path = "/case-exports",
    tag = "approvals",
    params(IdempotencyKey),
    request_body = RequestCaseExportRequest,
    responses((status = 201, description = "The request.", body = ApprovalView), CreateProblems),
    security(("bearer" = []))
)]
async fn request_case_export(
    caller: Caller,
    State(api): State<Api>,
    ApiJson(request): ApiJson<RequestCaseExportRequest>,
) -> Result<Created<Versioned<ApprovalView>>, Problem> {
    let reason = reason(&request.reason)?;
    let asked = exports::request_export(api.app(), &caller.0, request.stage.map(|stage| stage.0), reason).await?;
    Ok(requested(asked))
}

/// Fetch an approved export
///
/// A table in UTF-8 with a byte order mark, one case a row, newest first: the cases that the caller may
/// see at this moment in the roles in which they asked, with as much of each as they may read of it in
/// these. Cells that a spreadsheet would calculate begin with an apostrophe. It can be fetched once, and
/// once more when it broke off.
#[utoipa::path(
    get,
    path = "/case-exports/{approval_id}/content",
    tag = "approvals",
    params(("approval_id" = Uuid, Path, description = "The request that was agreed to.")),
    responses((status = 200, description = "The table.", body = String, content_type = "text/csv"), DownloadProblems),
    security(("bearer" = []))
)]
async fn download_case_export(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(id)): ApiPath<Id<ApprovalId>>,
) -> Result<Table, Problem> {
    let export = exports::fetch_export(api.app(), &caller.0, id).await?;
    Ok(Table(export.into_inner()))
}

/// A table on its way, page by page: it is never in memory as a whole.
struct Table(Export);

impl IntoResponse for Table {
    fn into_response(self) -> Response {
        let head = format!("{}{}", csv::BYTE_ORDER_MARK, csv::row(COLUMNS));
        let pages = stream::try_unfold((self.0, Some(head)), |(mut export, head)| async {
            if let Some(head) = head {
                return Ok(Some((Bytes::from(head), (export, None))));
            }
            Ok::<_, std::io::Error>(next_page(&mut export).await?.map(|page| (page, (export, None))))
        });
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
            (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"cases.csv\"")),
        ];
        (headers, Body::from_stream(pages)).into_response()
    }
}

/// The next rows as text. A fault breaks the answer off, as its status has left already.
async fn next_page(export: &mut Export) -> Result<Option<Bytes>, std::io::Error> {
    let rows = export.next_rows().await.map_err(|refused| {
        tracing::error!(error = %refused.chain(), "an export broke off");
        std::io::Error::other("the export broke off")
    })?;
    Ok(rows.map(|rows| Bytes::from(rows.into_iter().map(line).collect::<String>())))
}

fn line(row: Permitted<CaseWithPatient>) -> String {
    let (audience, clinical) = (row.permit().audience(), row.permit().reads_clinical());
    let (named, full) = (audience > Audience::Masked, audience == Audience::Full);
    let CaseWithPatient { case, patient } = row.into_inner();
    let details = patient.details;
    let passport = details.passport_name.as_ref().filter(|_| named);
    let code = |code: Option<&'static str>| code.unwrap_or_default().to_owned();
    let cells: [String; COLUMNS.len()] = [
        case.number,
        case.stage.code().to_owned(),
        time(case.stage_since),
        case.hold.is_some().to_string(),
        case.priority.code().to_owned(),
        case.source.code().to_owned(),
        case.payer.code().to_owned(),
        time(case.received_at),
        case.closed_at.map(time).unwrap_or_default(),
        code(case.closure_reason.map(Coded::code)),
        case.surgery_cycle.to_string(),
        code(case.laterality.filter(|_| clinical).map(Coded::code)),
        patient.mrn,
        details.arabic_name.filter(|_| named).map(|name| name.as_str().to_owned()).unwrap_or_default(),
        passport.map(|name| name.surname.as_str().to_owned()).unwrap_or_default(),
        passport.map(|name| name.given.as_str().to_owned()).unwrap_or_default(),
        details.birth.filter(|_| full).map(|birth| birth.date.to_string()).unwrap_or_default(),
        code(details.sex.map(Coded::code)),
        details.nationality.map(|country| country.as_str().to_owned()).unwrap_or_default(),
        details.residence_country.map(|country| country.as_str().to_owned()).unwrap_or_default(),
    ];
    csv::row(cells.iter().map(String::as_str))
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(request_case_export)).routes(routes!(download_case_export))
}
