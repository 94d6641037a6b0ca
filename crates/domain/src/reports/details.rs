//! The payload of a fact, part by part under the names of the interface: what is stored and what
//! readers are shown. The names are the contract with both and never change.

use chrono::NaiveDate;

use super::{DischargeFacts, Fact};
use crate::money::Money;
use crate::referrals::{Acceptance, Schedule};
use crate::sensitive::Sensitive;
use crate::surgery::OperationRecord;
use crate::text::{Line, Prose};
use crate::vocabulary::Coded;

/// The parts of a payload that were given, by name.
pub type Details = Vec<(&'static str, Detail)>;

/// One part of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A text, a code or a day.
    Text(Sensitive<String>),
    /// A whole number.
    Number(i64),
    /// Several parts without names.
    List(Vec<Self>),
    /// Several parts with names.
    Group(Details),
}

impl Fact {
    /// The payload by name.
    #[must_use]
    pub fn details(&self) -> Details {
        match self {
            Self::Received => Vec::new(),
            Self::InfoRequested { items, due_on } => {
                let item = |(kind, text): &(_, Line)| Detail::Group(vec![("kind", code(*kind)), ("text", line(text))]);
                vec![("items", Detail::List(items.iter().map(item).collect())), ("due_on", day(*due_on))]
            }
            Self::Accepted(acceptance) => of_acceptance(acceptance),
            Self::Declined { reason, text } => {
                given([("reason", Some(code(*reason))), ("text", text.as_ref().map(line))])
            }
            Self::Scheduled(schedule) => of_schedule(schedule),
            Self::Rescheduled { schedule, reason } => with(of_schedule(schedule), [("reason", line(reason))]),
            Self::SlotWithdrawn { reason } | Self::SurgeryAborted { reason } | Self::IcuTransfer { reason } => {
                vec![("reason", line(reason))]
            }
            Self::InvitationLetterIssued { reference } => vec![("reference", line(reference))],
            Self::ArrivedPreop { result, finding } => vec![("result", code(*result)), ("finding", line(finding))],
            Self::Admitted { admission_number, ward } => {
                given([("admission_number", Some(line(admission_number))), ("ward", ward.as_ref().map(line))])
            }
            Self::SurgeryStarted { side, kind } => vec![("side", code(*side)), ("kind", code(*kind))],
            Self::SurgeryEnded { side, record } => with(vec![("side", code(*side))], of_operation(record)),
            Self::SurgeryPostponed { reason, new_date } => {
                given([("reason", Some(code(*reason))), ("new_date", new_date.map(day))])
            }
            Self::SurgeryCancelled { class, icd10, whereabouts } => {
                vec![("class", code(*class)), ("icd10", line(icd10)), ("whereabouts", code(*whereabouts))]
            }
            Self::SurgeryRefused { reason, whereabouts } => {
                vec![("reason", line(reason)), ("whereabouts", code(*whereabouts))]
            }
            Self::DailyStatus { facial_function, spasm, hearing, wound, pain } => vec![
                ("facial_function", code(*facial_function)),
                ("spasm", code(*spasm)),
                ("hearing", code(*hearing)),
                ("wound", code(*wound)),
                ("pain", Detail::Number((*pain).into())),
            ],
            Self::Complication { kind, onset_on, phase, grade } => vec![
                ("kind", code(*kind)),
                ("onset_on", day(*onset_on)),
                ("phase", code(*phase)),
                ("grade", code(*grade)),
            ],
            Self::Reoperation { indication, kind, side } => {
                vec![("indication", line(indication)), ("kind", code(*kind)), ("side", code(*side))]
            }
            Self::TransferOut { receiving_hospital, reason } => {
                vec![("receiving_hospital", line(receiving_hospital)), ("reason", line(reason))]
            }
            Self::Discharged(facts) | Self::DischargedWithoutSurgery(facts) => of_discharge(facts),
            Self::LeftAgainstAdvice { documentation } => vec![("documentation", line(documentation))],
            Self::Readmitted { reason, admission_number } => {
                vec![("reason", line(reason)), ("admission_number", line(admission_number))]
            }
            Self::Died { place } => vec![("place", line(place))],
            Self::InvoiceFinal { reference, total } => vec![("reference", line(reference)), ("total", money(*total))],
            Self::FollowupResult { reference, finding } => {
                vec![("reference", line(reference)), ("finding", prose(finding))]
            }
        }
    }
}

fn of_acceptance(acceptance: &Acceptance) -> Details {
    given([
        ("surgeon", Some(line(&acceptance.surgeon))),
        ("side", Some(code(acceptance.side))),
        ("earliest_on", Some(day(acceptance.earliest_on))),
        ("latest_on", Some(day(acceptance.latest_on))),
        ("price", acceptance.price.map(money)),
        ("plan", Some(prose(&acceptance.plan))),
        ("valid_until", Some(day(acceptance.valid_until))),
    ])
}

fn of_schedule(schedule: &Schedule) -> Details {
    given([
        ("admission_on", Some(day(schedule.admission_on))),
        ("surgery_on", Some(day(schedule.surgery_on))),
        ("ward", schedule.ward.as_ref().map(line)),
    ])
}

fn of_operation(record: &OperationRecord) -> Details {
    given([
        ("vessels", Some(codes(&record.vessels))),
        ("method", Some(code(record.method))),
        ("materials", Some(codes(&record.materials))),
        ("lsr_event", Some(code(record.lsr_event))),
        ("baep_final", Some(code(record.baep_final))),
        ("blood_loss_ml", Some(Detail::Number(record.blood_loss_ml.into()))),
        ("note", record.note.as_ref().map(prose)),
    ])
}

fn of_discharge(facts: &DischargeFacts) -> Details {
    given([
        ("disposition", Some(code(facts.disposition))),
        ("facial_function", Some(code(facts.facial_function))),
        ("spasm", Some(code(facts.spasm))),
        ("hearing", Some(code(facts.hearing))),
        ("wound", Some(code(facts.wound))),
        ("medication", Some(prose(&facts.medication))),
        ("advice_language", Some(code(facts.advice_language))),
        ("advice_understood_through", facts.advice_understood_through.as_ref().map(line)),
        ("follow_up_on", Some(day(facts.follow_up_on))),
        ("summary_reference", facts.summary_reference.as_ref().map(line)),
    ])
}

fn given<const N: usize>(parts: [(&'static str, Option<Detail>); N]) -> Details {
    parts.into_iter().filter_map(|(name, part)| Some((name, part?))).collect()
}

fn with(mut details: Details, more: impl IntoIterator<Item = (&'static str, Detail)>) -> Details {
    details.extend(more);
    details
}

fn text(text: impl Into<String>) -> Detail {
    Detail::Text(Sensitive(text.into()))
}

fn line(value: &Line) -> Detail {
    text(value.as_str())
}

fn prose(value: &Prose) -> Detail {
    text(value.as_str())
}

fn code(value: impl Coded) -> Detail {
    text(value.code())
}

fn codes<T: Coded>(values: &[T]) -> Detail {
    Detail::List(values.iter().copied().map(code).collect())
}

fn day(value: NaiveDate) -> Detail {
    text(value.to_string())
}

fn money(value: Money) -> Detail {
    Detail::Group(vec![("minor", Detail::Number(value.minor)), ("currency", code(value.currency))])
}
