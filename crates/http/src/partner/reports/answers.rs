//! What a hospital answers to a referral: from its receipt to the dates.

use rafiq_domain::referrals::{Acceptance, Schedule};
use rafiq_domain::refusal::Fields;
use rafiq_domain::reports::Fact;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Payload, line, line_if_given, prose, report_operations};
use crate::code::{InformationItemKindCode, LateralityCode, ReferralDeclineReasonCode};
use crate::extract::{Day, given};
use crate::money::MoneyBody;

/// One thing that the hospital needs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestedItem {
    /// What kind of thing.
    kind: InformationItemKindCode,
    /// What exactly, 1–500 characters.
    #[schema(example = "Pure-tone audiogram of both ears, not older than 3 months")]
    text: String,
}

report_operations! {
    /// Report that the referral arrived
    ///
    /// Reading the referral reports it as well.
    report_received "/partner/referrals/{referral_id}/reports/received" ReportReceivedRequest {}

    /// Ask for more information
    ///
    /// The clock of the answer stands still until ours comes.
    report_info_requested "/partner/referrals/{referral_id}/reports/info-requested" ReportInfoRequestedRequest {
        /// What is needed, 1–50 items.
        items: Vec<RequestedItem>,
        /// By which day; not past.
        #[schema(value_type = NaiveDate)]
        due_on: Day,
    }

    /// Accept the referral
    ///
    /// What is accepted is kept as it is said here and never changes.
    report_accepted "/partner/referrals/{referral_id}/reports/accepted" ReportAcceptedRequest {
        /// Who would operate, 1–500 characters.
        #[schema(example = "Prof. Dr. Ayşe Yılmaz")]
        surgeon: String,
        /// The side that is accepted; it must be the side of the referral.
        side: LateralityCode,
        /// The first day on which the operation is possible.
        #[schema(value_type = NaiveDate)]
        earliest_on: Day,
        /// The last day on which the operation is possible; not before the first.
        #[schema(value_type = NaiveDate)]
        latest_on: Day,
        /// The price; left out while it is pending.
        #[serde(default, deserialize_with = "given")]
        #[schema(nullable = false)]
        price: Option<MoneyBody>,
        /// What is planned, 1–10,000 characters.
        #[schema(example = "Microvascular decompression with monitoring of facial nerve and hearing; one night of intensive care")]
        plan: String,
        /// The last day on which the acceptance holds; not past.
        #[schema(value_type = NaiveDate)]
        valid_until: Day,
    }

    /// Decline the referral
    report_declined "/partner/referrals/{referral_id}/reports/declined" ReportDeclinedRequest {
        /// Why.
        reason: ReferralDeclineReasonCode,
        /// In words, 1–500 characters.
        text: Option<String>,
    }

    /// Fix the dates
    report_scheduled "/partner/referrals/{referral_id}/reports/scheduled" ReportScheduledRequest {
        /// The day of admission; not past.
        #[schema(value_type = NaiveDate)]
        admission_on: Day,
        /// The day of the operation; not before the admission.
        #[schema(value_type = NaiveDate)]
        surgery_on: Day,
        /// The ward, 1–500 characters.
        #[schema(example = "Neurosurgery 3B")]
        ward: Option<String>,
    }

    /// Change the dates
    ///
    /// What rested on the old ones is taken back: the clearance, and the quote of a patient who has not travelled.
    report_rescheduled "/partner/referrals/{referral_id}/reports/rescheduled" ReportRescheduledRequest {
        /// The new day of admission; not past.
        #[schema(value_type = NaiveDate)]
        admission_on: Day,
        /// The new day of the operation; not before the admission.
        #[schema(value_type = NaiveDate)]
        surgery_on: Day,
        /// The ward, 1–500 characters.
        ward: Option<String>,
        /// Why, 1–500 characters.
        #[schema(example = "The surgeon is ill")]
        reason: String,
    }

    /// Go back on the acceptance
    ///
    /// The referral is over.
    report_slot_withdrawn "/partner/referrals/{referral_id}/reports/slot-withdrawn" ReportSlotWithdrawnRequest {
        /// Why, 1–500 characters.
        reason: String,
    }

    /// Report that the letter for the visa is issued
    report_invitation_letter_issued "/partner/referrals/{referral_id}/reports/invitation-letter-issued" ReportInvitationLetterIssuedRequest {
        /// Its number, 1–500 characters.
        #[schema(example = "INV-2026-0412")]
        reference: String,
    }
}

impl Payload for ReportReceivedRequest {
    fn fact(self, _fields: &mut Fields) -> Option<Fact> {
        Some(Fact::Received)
    }
}

impl Payload for ReportInfoRequestedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let mut items = Vec::with_capacity(self.items.len());
        for (index, item) in self.items.into_iter().enumerate() {
            items.extend(line(fields, &format!("/items/{index}/text"), &item.text).map(|text| (item.kind.0, text)));
        }
        Some(Fact::InfoRequested { items, due_on: self.due_on.0 })
    }
}

impl Payload for ReportAcceptedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let surgeon = line(fields, "/surgeon", &self.surgeon);
        let plan = prose(fields, "/plan", &self.plan);
        Some(Fact::Accepted(Acceptance {
            surgeon: surgeon?,
            side: self.side.0,
            earliest_on: self.earliest_on.0,
            latest_on: self.latest_on.0,
            price: self.price.map(MoneyBody::into),
            plan: plan?,
            valid_until: self.valid_until.0,
        }))
    }
}

impl Payload for ReportDeclinedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let text = line_if_given(fields, "/text", self.text.as_deref());
        Some(Fact::Declined { reason: self.reason.0, text })
    }
}

impl Payload for ReportScheduledRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let ward = line_if_given(fields, "/ward", self.ward.as_deref());
        Some(Fact::Scheduled(Schedule { admission_on: self.admission_on.0, surgery_on: self.surgery_on.0, ward }))
    }
}

impl Payload for ReportRescheduledRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let ward = line_if_given(fields, "/ward", self.ward.as_deref());
        let reason = line(fields, "/reason", &self.reason);
        let schedule = Schedule { admission_on: self.admission_on.0, surgery_on: self.surgery_on.0, ward };
        Some(Fact::Rescheduled { schedule, reason: reason? })
    }
}

impl Payload for ReportSlotWithdrawnRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        Some(Fact::SlotWithdrawn { reason: line(fields, "/reason", &self.reason)? })
    }
}

impl Payload for ReportInvitationLetterIssuedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        Some(Fact::InvitationLetterIssued { reference: line(fields, "/reference", &self.reference)? })
    }
}
