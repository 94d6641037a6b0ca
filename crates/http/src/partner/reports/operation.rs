//! What a hospital reports from the pre-operative tests to the end of the operation.

use rafiq_domain::refusal::Fields;
use rafiq_domain::reports::Fact;
use rafiq_domain::surgery::OperationRecord;

use super::{Payload, line, line_if_given, prose_if_given, report_operations};
use crate::code::{
    BaepFinalCode, CancellationClassCode, DecompressionMaterialCode, DecompressionMethodCode, LateralityCode,
    LsrEventCode, OffendingVesselCode, PostponementReasonCode, PreOpResultCode, ProcedureKindCode, WhereaboutsCode,
};
use crate::extract::Day;

report_operations! {
    /// Report that the patient came for tests
    report_arrived_preop "/partner/referrals/{referral_id}/reports/arrived-preop" ReportArrivedPreopRequest {
        /// Whether the patient is fit for surgery.
        result: PreOpResultCode,
        /// What was found, 1–500 characters.
        #[schema(example = "ECG and laboratory normal, ASA II")]
        finding: String,
    }

    /// Report the admission
    report_admitted "/partner/referrals/{referral_id}/reports/admitted" ReportAdmittedRequest {
        /// The hospital's number for the stay, 1–500 characters.
        #[schema(example = "A-88123")]
        admission_number: String,
        /// The ward, 1–500 characters.
        ward: Option<String>,
    }

    /// Report knife to skin
    report_surgery_started "/partner/referrals/{referral_id}/reports/surgery-started" ReportSurgeryStartedRequest {
        /// The operated side; it must be the side of the referral.
        side: LateralityCode,
        /// The kind of operation.
        kind: ProcedureKindCode,
    }

    /// Report the end of the operation
    ///
    /// Its start must have been reported before.
    report_surgery_ended "/partner/referrals/{referral_id}/reports/surgery-ended" ReportSurgeryEndedRequest {
        /// The operated side; it must be the side of the start.
        side: LateralityCode,
        /// The vessels that pressed on the nerve; at least one, or `none_found` alone.
        vessels: Vec<OffendingVesselCode>,
        /// How they were moved away.
        method: DecompressionMethodCode,
        /// What holds them away.
        materials: Vec<DecompressionMaterialCode>,
        /// What the lateral spread response did.
        lsr_event: LsrEventCode,
        /// How the hearing response ended.
        baep_final: BaepFinalCode,
        /// Blood loss in millilitres, 0–5,000.
        #[schema(minimum = 0, maximum = 5000)]
        blood_loss_ml: u16,
        /// The surgeon's note, 1–10,000 characters.
        note: Option<String>,
    }

    /// Report that the operation was broken off, or found nothing
    report_surgery_aborted "/partner/referrals/{referral_id}/reports/surgery-aborted" ReportSurgeryAbortedRequest {
        /// Why, and what was done, 1–500 characters.
        reason: String,
    }

    /// Report that the operation is put off
    ///
    /// The referral rests until new dates are reported.
    report_surgery_postponed "/partner/referrals/{referral_id}/reports/surgery-postponed" ReportSurgeryPostponedRequest {
        /// Why.
        reason: PostponementReasonCode,
        /// To when, if that is known; not past.
        #[schema(value_type = Option<NaiveDate>)]
        new_date: Option<Day>,
    }

    /// Report that the operation was cancelled on the day
    report_surgery_cancelled "/partner/referrals/{referral_id}/reports/surgery-cancelled" ReportSurgeryCancelledRequest {
        /// On whose side the cause lies.
        class: CancellationClassCode,
        /// The ICD-10-CM code of the cause, Z53.x.
        #[schema(example = "Z53.09")]
        icd10: String,
        /// Where the patient goes.
        whereabouts: WhereaboutsCode,
    }

    /// Report that the patient refuses the operation
    report_surgery_refused "/partner/referrals/{referral_id}/reports/surgery-refused" ReportSurgeryRefusedRequest {
        /// Why, 1–500 characters.
        reason: String,
        /// Where the patient goes.
        whereabouts: WhereaboutsCode,
    }
}

impl Payload for ReportArrivedPreopRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        Some(Fact::ArrivedPreop { result: self.result.0, finding: line(fields, "/finding", &self.finding)? })
    }
}

impl Payload for ReportAdmittedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let admission_number = line(fields, "/admission_number", &self.admission_number);
        let ward = line_if_given(fields, "/ward", self.ward.as_deref());
        Some(Fact::Admitted { admission_number: admission_number?, ward })
    }
}

impl Payload for ReportSurgeryStartedRequest {
    fn fact(self, _fields: &mut Fields) -> Option<Fact> {
        Some(Fact::SurgeryStarted { side: self.side.0, kind: self.kind.0 })
    }
}

impl Payload for ReportSurgeryEndedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let record = OperationRecord {
            vessels: self.vessels.into_iter().map(|vessel| vessel.0).collect(),
            method: self.method.0,
            materials: self.materials.into_iter().map(|material| material.0).collect(),
            lsr_event: self.lsr_event.0,
            baep_final: self.baep_final.0,
            blood_loss_ml: self.blood_loss_ml,
            note: prose_if_given(fields, "/note", self.note.as_deref()),
        };
        Some(Fact::SurgeryEnded { side: self.side.0, record })
    }
}

impl Payload for ReportSurgeryAbortedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        Some(Fact::SurgeryAborted { reason: line(fields, "/reason", &self.reason)? })
    }
}

impl Payload for ReportSurgeryPostponedRequest {
    fn fact(self, _fields: &mut Fields) -> Option<Fact> {
        Some(Fact::SurgeryPostponed { reason: self.reason.0, new_date: self.new_date.map(|day| day.0) })
    }
}

impl Payload for ReportSurgeryCancelledRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let icd10 = line(fields, "/icd10", &self.icd10);
        Some(Fact::SurgeryCancelled { class: self.class.0, icd10: icd10?, whereabouts: self.whereabouts.0 })
    }
}

impl Payload for ReportSurgeryRefusedRequest {
    fn fact(self, fields: &mut Fields) -> Option<Fact> {
        let reason = line(fields, "/reason", &self.reason);
        Some(Fact::SurgeryRefused { reason: reason?, whereabouts: self.whereabouts.0 })
    }
}
