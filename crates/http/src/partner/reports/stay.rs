//! What a hospital reports from the bed to the bill, and from visits afterwards.

use rafiq_domain::refusal::Fields;
use rafiq_domain::reports::{DischargeFacts, Fact};

use super::{Payload, line, line_if_given, prose, report_operations};
use crate::code::{
    ClavienDindoCode, ComplicationPhaseCode, ComplicationTypeCode, DispositionCode, HearingStatusCode,
    HouseBrackmannGradeCode, LateralityCode, ProcedureKindCode, SpasmStatusCode, SpokenLanguageCode, WoundStatusCode,
};
use crate::extract::Day;
use crate::money::MoneyBody;

report_operations! {
    /// Report how the patient fares today
    report_daily_status "/partner/referrals/{referral_id}/reports/daily-status" ReportDailyStatusRequest {
        /// Facial function.
        facial_function: HouseBrackmannGradeCode,
        /// The spasm.
        spasm: SpasmStatusCode,
        /// The hearing.
        hearing: HearingStatusCode,
        /// The wound.
        wound: WoundStatusCode,
        /// Pain on the numeric rating scale, 0–10.
        #[schema(minimum = 0, maximum = 10)]
        pain: u8,
    }

    /// Report a complication
    report_complication "/partner/referrals/{referral_id}/reports/complication" ReportComplicationRequest {
        /// What happened.
        kind: ComplicationTypeCode,
        /// When it began; not after it was found.
        #[schema(value_type = NaiveDate)]
        onset_on: Day,
        /// In which phase.
        phase: ComplicationPhaseCode,
        /// How severe, by Clavien–Dindo.
        grade: ClavienDindoCode,
    }

    /// Report a re-operation in the same stay
    ///
    /// Its end is reported like that of the first operation.
    report_reoperation "/partner/referrals/{referral_id}/reports/reoperation" ReportReoperationRequest {
        /// Why, 1–500 characters.
        indication: String,
        /// The kind of operation.
        kind: ProcedureKindCode,
        /// The operated side; it must be the side of the referral.
        side: LateralityCode,
    }

    /// Report a move to intensive care
    report_icu_transfer "/partner/referrals/{referral_id}/reports/icu-transfer" ReportIcuTransferRequest {
        /// Why, 1–500 characters.
        reason: String,
    }

    /// Report a move to another hospital
    report_transfer_out "/partner/referrals/{referral_id}/reports/transfer-out" ReportTransferOutRequest {
        /// Where to, 1–500 characters.
        receiving_hospital: String,
        /// Why, 1–500 characters.
        reason: String,
    }

    /// Report the discharge
    ///
    /// The visits of the follow-up are planned from its day on.
    report_discharged "/partner/referrals/{referral_id}/reports/discharged" ReportDischargedRequest {
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
        /// The medicines to take, 1–10,000 characters.
        medication: String,
        /// The language in which the advice on warning signs was given.
        advice_language: SpokenLanguageCode,
        /// Through whom it was understood: the interpreter, or the doctor who speaks the language; 1–500 characters.
        advice_understood_through: Option<String>,
        /// When the patient is seen next; not before the discharge.
        #[schema(value_type = NaiveDate)]
        follow_up_on: Day,
        /// Where the discharge summary lies, 1–500 characters.
        summary_reference: Option<String>,
    }

    /// Report that the patient leaves against advice
    report_left_against_advice "/partner/referrals/{referral_id}/reports/left-against-advice" ReportLeftAgainstAdviceRequest {
        /// The signed form or the documented refusal, 1–500 characters.
        documentation: String,
    }

    /// Report a discharge without an operation
    report_discharged_without_surgery "/partner/referrals/{referral_id}/reports/discharged-without-surgery" ReportDischargedWithoutSurgeryRequest {
        /// Where to.
        disposition: DispositionCode,
        /// Facial function.
        facial_function: HouseBrackmannGradeCode,
        /// The spasm.
        spasm: SpasmStatusCode,
        /// The hearing.
        hearing: HearingStatusCode,
        /// The wound, of an earlier operation.
        wound: WoundStatusCode,
        /// The medicines to take, 1–10,000 characters.
        medication: String,
        /// The language in which the advice on warning signs was given.
        advice_language: SpokenLanguageCode,
        /// Through whom it was understood: the interpreter, or the doctor who speaks the language; 1–500 characters.
        advice_understood_through: Option<String>,
        /// When the patient is seen next; not before the discharge.
        #[schema(value_type = NaiveDate)]
        follow_up_on: Day,
        /// Where the discharge summary lies, 1–500 characters.
        summary_reference: Option<String>,
    }

    /// Report a readmission
    report_readmitted "/partner/referrals/{referral_id}/reports/readmitted" ReportReadmittedRequest {
        /// Why, 1–500 characters.
        reason: String,
        /// The hospital's number for the new stay, 1–500 characters.
        admission_number: String,
    }

    /// Report the patient's death
    report_died "/partner/referrals/{referral_id}/reports/died" ReportDiedRequest {
        /// Where, 1–500 characters.
        place: String,
    }

    /// Report the final invoice
    report_invoice_final "/partner/referrals/{referral_id}/reports/invoice-final" ReportInvoiceFinalRequest {
        /// Its number, 1–500 characters.
        reference: String,
        /// The sum; not negative.
        total: MoneyBody,
    }

    /// Report what a visit at the hospital found
    report_followup_result "/partner/referrals/{referral_id}/reports/followup-result" ReportFollowupResultRequest {
        /// The hospital's record of it, 1–500 characters.
        reference: String,
        /// What was found, 1–10,000 characters.
        finding: String,
    }
}

impl Payload for ReportDailyStatusRequest {
    fn fact(self, _fields: &mut Fields) -> Option<Fact> {
        Some(Fact::DailyStatus {
            facial_function: self.facial_function.0,
            spasm: self.spasm.0,
            hearing: self.hearing.0,
            wound: self.wound.0,
            pain: self.pain,
        })
    }
}

impl Payload for ReportComplicationRequest {
    fn fact(self, _fields: &mut Fields) -> Option<Fact> {
        Some(Fact::Complication {
            kind: self.kind.0,
            onset_on: self.onset_on.0,
            phase: self.phase.0,
            grade: self.grade.0,
        })
    }
}

impl Payload for ReportReoperationRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let indication = line(fields, "/indication", &self.indication);
        Some(Fact::Reoperation { indication: indication?, kind: self.kind.0, side: self.side.0 })
    }
}

impl Payload for ReportIcuTransferRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        Some(Fact::IcuTransfer { reason: line(fields, "/reason", &self.reason)? })
    }
}

impl Payload for ReportTransferOutRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let receiving_hospital = line(fields, "/receiving_hospital", &self.receiving_hospital);
        let reason = line(fields, "/reason", &self.reason);
        Some(Fact::TransferOut { receiving_hospital: receiving_hospital?, reason: reason? })
    }
}

/// Reads how the patient leaves; both ways of leaving say the same.
macro_rules! discharge_facts {
    ($request:ident, $fields:ident) => {{
        let medication = prose($fields, "/medication", &$request.medication);
        let through = $request.advice_understood_through.as_deref();
        let advice_understood_through = line_if_given($fields, "/advice_understood_through", through);
        let summary_reference = line_if_given($fields, "/summary_reference", $request.summary_reference.as_deref());
        DischargeFacts {
            disposition: $request.disposition.0,
            facial_function: $request.facial_function.0,
            spasm: $request.spasm.0,
            hearing: $request.hearing.0,
            wound: $request.wound.0,
            medication: medication?,
            advice_language: $request.advice_language.0,
            advice_understood_through,
            follow_up_on: $request.follow_up_on.0,
            summary_reference,
        }
    }};
}

impl Payload for ReportDischargedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        Some(Fact::Discharged(discharge_facts!(self, fields)))
    }
}

impl Payload for ReportLeftAgainstAdviceRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        Some(Fact::LeftAgainstAdvice { documentation: line(fields, "/documentation", &self.documentation)? })
    }
}

impl Payload for ReportDischargedWithoutSurgeryRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        Some(Fact::DischargedWithoutSurgery(discharge_facts!(self, fields)))
    }
}

impl Payload for ReportReadmittedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let reason = line(fields, "/reason", &self.reason);
        let admission_number = line(fields, "/admission_number", &self.admission_number);
        Some(Fact::Readmitted { reason: reason?, admission_number: admission_number? })
    }
}

impl Payload for ReportDiedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        Some(Fact::Died { place: line(fields, "/place", &self.place)? })
    }
}

impl Payload for ReportInvoiceFinalRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let reference = line(fields, "/reference", &self.reference);
        Some(Fact::InvoiceFinal { reference: reference?, total: self.total.into() })
    }
}

impl Payload for ReportFollowupResultRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let reference = line(fields, "/reference", &self.reference);
        let finding = prose(fields, "/finding", &self.finding);
        Some(Fact::FollowupResult { reference: reference?, finding: finding? })
    }
}
