//! What readers on both sides see of a referral.

use chrono::{DateTime, NaiveDate, Utc};
use rafiq_domain::policy::{Permit, Permitted};
use rafiq_domain::referrals::{Acceptance, Schedule};
use rafiq_domain::reports::{Detail, Details, Report};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::code::{Code, LateralityCode, ReferralStateCode, ReportKindCode};
use crate::money::MoneyView;
use crate::text::TextView;

/// What the hospital accepted. It never changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Acceptance)]
pub(crate) struct AcceptanceView {
    /// Who would operate.
    surgeon: String,
    /// The side that the hospital accepted; absent for those who may read nothing clinical.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    side: Option<LateralityCode>,
    /// The first day on which the operation is possible.
    earliest_on: NaiveDate,
    /// The last day on which the operation is possible.
    latest_on: NaiveDate,
    /// The price; absent while it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    price: Option<MoneyView>,
    /// What is planned; absent for those who may read no clinical texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    plan: Option<TextView>,
    /// The last day on which the acceptance holds.
    valid_until: NaiveDate,
}

impl AcceptanceView {
    pub(crate) fn of(acceptance: &Acceptance, permit: &Permit) -> Self {
        Self {
            surgeon: acceptance.surgeon.as_str().to_owned(),
            side: permit.reads_clinical().then_some(Code(acceptance.side)),
            earliest_on: acceptance.earliest_on,
            latest_on: acceptance.latest_on,
            price: acceptance.price.map(MoneyView::from),
            plan: permit.reads_words().then(|| TextView::plain(acceptance.plan.as_str())),
            valid_until: acceptance.valid_until,
        }
    }
}

/// The dates that the hospital fixed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub(crate) struct ScheduleView {
    /// The day of admission.
    admission_on: NaiveDate,
    /// The day of the operation.
    surgery_on: NaiveDate,
    /// The ward.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ward: Option<String>,
}

impl From<Schedule> for ScheduleView {
    fn from(schedule: Schedule) -> Self {
        Self {
            admission_on: schedule.admission_on,
            surgery_on: schedule.surgery_on,
            ward: schedule.ward.map(|ward| ward.as_str().to_owned()),
        }
    }
}

/// What a hospital reported.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub(crate) struct ReportView {
    /// The hospital's own id of the event.
    event_id: Uuid,
    /// What kind of report.
    kind: ReportKindCode,
    /// When it happened.
    occurred_at: DateTime<Utc>,
    /// When it was reported.
    recorded_at: DateTime<Utc>,
    /// Where it left the referral.
    referral_state: ReferralStateCode,
    /// The payload as it was sent: the fields that the operation for this kind takes. Absent for
    /// those who may read no clinical texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    payload: Option<Map<String, Value>>,
}

impl From<Permitted<Report>> for ReportView {
    fn from(report: Permitted<Report>) -> Self {
        let words = report.permit().reads_words();
        Self {
            event_id: report.id.uuid(),
            kind: Code(report.fact.kind()),
            occurred_at: report.occurred_at,
            recorded_at: report.recorded_at,
            referral_state: Code(report.led_to),
            payload: words.then(|| group(report.fact.details())),
        }
    }
}

fn group(details: Details) -> Map<String, Value> {
    details.into_iter().map(|(name, part)| (name.to_owned(), value(part))).collect()
}

fn value(part: Detail) -> Value {
    match part {
        Detail::Text(text) => Value::String(text.0),
        Detail::Number(number) => number.into(),
        Detail::List(parts) => parts.into_iter().map(value).collect(),
        Detail::Group(details) => Value::Object(group(details)),
    }
}
