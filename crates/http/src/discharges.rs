//! Discharges as our staff read them; the hospitals' reports write them.

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use rafiq_app::surgery;
use rafiq_domain::discharge::Discharge;
use rafiq_domain::ids::CaseId;
use rafiq_domain::policy::Permitted;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::code::{
    Code, DischargeKindCode, DispositionCode, HearingStatusCode, HouseBrackmannGradeCode, SpasmStatusCode,
    SpokenLanguageCode, WoundStatusCode,
};
use crate::extract::{ApiJson, ApiPath, Id};
use crate::paging::views;
use crate::problem::{Problem, ReadProblems};
use crate::state::{Api, Caller};
use crate::text::TextView;

/// How a patient left the hospital.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Discharge)]
struct DischargeView {
    /// The id.
    id: Uuid,
    /// The hospital's referral.
    referral_id: Uuid,
    /// Which operation of the case it follows, from 1.
    surgery_cycle: i16,
    /// In which way the patient left.
    kind: DischargeKindCode,
    /// When.
    discharged_at: DateTime<Utc>,
    /// Where to.
    disposition: DispositionCode,
    /// Facial function.
    facial_function: HouseBrackmannGradeCode,
    /// The spasm.
    spasm: SpasmStatusCode,
    /// The hearing.
    hearing: HearingStatusCode,
    /// The wound.
    wound: WoundStatusCode,
    /// The medicines to take.
    medication: TextView,
    /// The language in which the advice on warning signs was given.
    advice_language: SpokenLanguageCode,
    /// Through whom it was understood: the interpreter's booking, or the Arabic-speaking doctor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    advice_understood_through: Option<String>,
    /// When the patient is seen next.
    follow_up_on: NaiveDate,
    /// Where the discharge summary lies; left out while it is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    summary_reference: Option<String>,
}

impl From<Permitted<Discharge>> for DischargeView {
    fn from(discharge: Permitted<Discharge>) -> Self {
        let discharge = discharge.into_inner();
        Self {
            id: discharge.id.uuid(),
            referral_id: discharge.referral_id.uuid(),
            surgery_cycle: discharge.cycle,
            kind: Code(discharge.kind),
            discharged_at: discharge.discharged_at,
            disposition: Code(discharge.disposition),
            facial_function: Code(discharge.facial_function),
            spasm: Code(discharge.spasm),
            hearing: Code(discharge.hearing),
            wound: Code(discharge.wound),
            medication: TextView::plain(discharge.medication.as_str()),
            advice_language: Code(discharge.advice_language),
            advice_understood_through: discharge.advice_understood_through.map(|through| through.as_str().to_owned()),
            follow_up_on: discharge.follow_up_on,
            summary_reference: discharge.summary_reference.map(|place| place.as_str().to_owned()),
        }
    }
}

/// List the discharges of a case
///
/// There are several when the patient was readmitted, or operated on again.
#[utoipa::path(
    get,
    path = "/cases/{case_id}/discharges",
    tag = "surgery",
    params(("case_id" = Uuid, Path, description = "The case.")),
    responses((status = 200, description = "The discharges, oldest first.", body = [DischargeView]), ReadProblems),
    security(("bearer" = []))
)]
async fn list_discharges(
    caller: Caller,
    State(api): State<Api>,
    ApiPath(Id(case_id)): ApiPath<Id<CaseId>>,
) -> Result<ApiJson<Vec<DischargeView>>, Problem> {
    let discharges = surgery::list_discharges(api.app(), &caller.0, case_id).await?;
    Ok(ApiJson(views(discharges)))
}

pub(crate) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_discharges))
}
