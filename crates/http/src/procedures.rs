//! Operations as our staff read them; the hospitals' reports write them.

use axum::extract::State;
use chrono::{DateTime, Utc};
use rafiq_app::surgery;
use rafiq_domain::ids::CaseId;
use rafiq_domain::policy::Permitted;
use rafiq_domain::surgery::{OperationRecord, Procedure};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{
    BaepFinalCode, Code, DecompressionMaterialCode, DecompressionMethodCode, LateralityCode, LsrEventCode,
    OffendingVesselCode, ProcedureKindCode, ProcedureStateCode,
};
use crate::extract::{ApiJson, ApiPath, Id};
use crate::paging::views;
use crate::problem::{Problem, ReadProblems};
use crate::state::{Api, Caller};
use crate::text::TextView;

/// An operation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Procedure)]
struct ProcedureView {
    /// The id.
    id: Uuid,
    /// The referral under which the hospital operated.
    referral_id: Uuid,
    /// Which operation of the case it is, from 1.
    surgery_cycle: i16,
    /// What kind of operation.
    kind: ProcedureKindCode,
    /// The operated side.
    side: LateralityCode,
    /// Where it stands.
    state: ProcedureStateCode,
    /// Knife to skin.
    started_at: DateTime<Utc>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_at: Option<DateTime<Utc>>,
    /// What was found and done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    record: Option<OperationRecordView>,
    /// Why it was broken off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    abort_reason: Option<String>,
}

/// What was found and done in an operation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationRecord)]
struct OperationRecordView {
    /// The vessels that pressed on the nerve.
    vessels: Vec<OffendingVesselCode>,
    /// How they were moved away.
    method: DecompressionMethodCode,
    /// What holds them away.
    materials: Vec<DecompressionMaterialCode>,
    /// What the lateral spread response did.
    lsr_event: LsrEventCode,
    /// How the hearing response ended.
    baep_final: BaepFinalCode,
    /// Blood loss, 0–5,000 ml.
    blood_loss_ml: u16,
    /// The surgeon's note.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<TextView>,
}

impl From<Permitted<Procedure>> for ProcedureView {
    fn from(procedure: Permitted<Procedure>) -> Self {
        let procedure = procedure.into_inner();
        Self {
            id: procedure.id.uuid(),
            referral_id: procedure.referral_id.uuid(),
            surgery_cycle: procedure.cycle,
            kind: Code(procedure.kind),
            side: Code(procedure.side),
            state: Code(procedure.state),
            started_at: procedure.started_at,
            ended_at: procedure.ended_at,
            record: procedure.record.map(OperationRecordView::from),
            abort_reason: procedure.abort_reason.map(|reason| reason.as_str().to_owned()),
        }
    }
}

impl From<OperationRecord> for OperationRecordView {
    fn from(record: OperationRecord) -> Self {
        Self {
            vessels: record.vessels.into_iter().map(Code).collect(),
            method: Code(record.method),
            materials: record.materials.into_iter().map(Code).collect(),
            lsr_event: Code(record.lsr_event),
            baep_final: Code(record.baep_final),
            blood_loss_ml: record.blood_loss_ml,
            note: record.note.map(|note| TextView::plain(note.as_str())),
        }
    }
}

/// List the operations of a case
#[utoipa::path(
    get,
    path = "/cases/{case_id}/procedures",
    tag = "surgery",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The operations, oldest first.", body = [ProcedureView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_procedures(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<ProcedureView>>, Problem> {
    let procedures = surgery::list_procedures(api.app(), &caller.0, case_id).await?;
    Ok(ApiJson(views(procedures)))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_procedures))
}
