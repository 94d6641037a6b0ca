//! What must hold within a report, whatever the case looks like.

use chrono::{DateTime, Utc};

use super::Fact;
use crate::referrals::Schedule;
use crate::refusal::{FieldCode, Fields, Invalid};
use crate::surgery::Complication;
use crate::time::happened;

/// The most questions of one request for information.
const MAX_ITEMS: usize = 50;

impl Fact {
    /// Checks the fact against the day on which it happened: a report may come late.
    ///
    /// # Errors
    /// [`Invalid`] for a time in the future, dates that are past or reversed, and numbers out of range.
    pub fn check(self, occurred_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.take("/occurred_at", happened(occurred_at, now));
        let day = occurred_at.date_naive();
        let scheduled = |schedule: &Schedule| schedule.clone().check(day).err();
        let inner = match &self {
            Self::InfoRequested { items, due_on } => {
                fields.require("/items", !items.is_empty(), FieldCode::Empty);
                fields.require("/items", items.len() <= MAX_ITEMS, FieldCode::TooMany);
                fields.require("/due_on", *due_on >= day, FieldCode::InThePast);
                None
            }
            Self::Accepted(acceptance) => acceptance.clone().check(day).err(),
            Self::Scheduled(schedule) | Self::Rescheduled { schedule, .. } => scheduled(schedule),
            Self::SurgeryEnded { record, .. } => record.clone().check().err(),
            Self::SurgeryPostponed { new_date, .. } => {
                fields.require("/new_date", new_date.is_none_or(|date| date >= day), FieldCode::InThePast);
                None
            }
            Self::DailyStatus { pain, .. } => {
                fields.require("/pain", *pain <= 10, FieldCode::OutOfRange);
                None
            }
            Self::Complication { onset_on, .. } => {
                fields.take("/onset_on", Complication::onset(*onset_on, day));
                None
            }
            Self::Discharged(facts) | Self::DischargedWithoutSurgery(facts) => {
                fields.require("/follow_up_on", facts.follow_up_on >= day, FieldCode::OutOfOrder);
                None
            }
            Self::InvoiceFinal { total, .. } => {
                fields.require("/total", total.minor >= 0, FieldCode::OutOfRange);
                None
            }
            Self::Received
            | Self::Declined { .. }
            | Self::SlotWithdrawn { .. }
            | Self::InvitationLetterIssued { .. }
            | Self::ArrivedPreop { .. }
            | Self::Admitted { .. }
            | Self::SurgeryStarted { .. }
            | Self::SurgeryAborted { .. }
            | Self::SurgeryCancelled { .. }
            | Self::SurgeryRefused { .. }
            | Self::Reoperation { .. }
            | Self::IcuTransfer { .. }
            | Self::TransferOut { .. }
            | Self::LeftAgainstAdvice { .. }
            | Self::Readmitted { .. }
            | Self::Died { .. }
            | Self::FollowupResult { .. } => None,
        };
        for found in inner.into_iter().flat_map(|invalid| invalid.0) {
            fields.refuse(&found.pointer, found.code);
        }
        fields.finish(|| Some(self))
    }
}
