//! Confirmations: evidence on a case whose own aggregate does not exist yet.
//!
//! Someone entitled to know says that something is so, when it was so, and where the proof lies.
//! A confirmation is never edited; a wrong one is retracted and stays readable.

use chrono::{DateTime, NaiveDate, Utc};

use crate::cases::Party;
use crate::ids::{CaseId, ConfirmationId, UserId};
use crate::refusal::{FieldCode, Fields, Invalid, WrongState};
use crate::text::Line;
use crate::time::happened;
use crate::vocabulary::{Coded, ContactChannel, coded};

/// A typed confirmation on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// Its id.
    pub id: ConfirmationId,
    /// The case it speaks of.
    pub case_id: CaseId,
    /// The surgery cycle in which it was recorded, from 1.
    pub cycle: i16,
    /// What was said.
    pub statement: Statement,
    /// Who recorded it; none when the product did.
    pub recorded_by: Option<UserId>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When it was taken back, if it was.
    pub retracted_at: Option<DateTime<Utc>>,
}

/// The longest term of a fit-to-fly record (domain §1.13).
const FIT_TO_FLY_DAYS: i64 = 7;

/// What a confirmation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What is confirmed.
    pub kind: ConfirmationKind,
    /// When it was so.
    pub occurred_at: DateTime<Utc>,
    /// Where the proof lies: a policy number, a message id, a place. No personal data.
    pub reference: Line,
    /// On which channel, for contacts.
    pub channel: Option<ContactChannel>,
    /// The first day on which it holds, for what has a term.
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it holds, for what has a term.
    pub valid_until: Option<NaiveDate>,
}

impl Statement {
    /// Checks what a statement says against the rules of its kind.
    ///
    /// # Errors
    /// [`Invalid`] for a future time, a contact without a channel, a term that is missing or reversed, or
    /// a fit-to-fly record for more than seven days.
    pub fn check(self, now: DateTime<Utc>) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.take("/occurred_at", happened(self.occurred_at, now));
        fields.require("/channel", !self.kind.names_channel() || self.channel.is_some(), FieldCode::Required);
        let has_term = self.valid_from.is_some() && self.valid_until.is_some();
        fields.require("/valid_until", !self.kind.has_term() || has_term, FieldCode::Required);
        let ordered = self.valid_from.zip(self.valid_until).is_none_or(|(from, until)| from <= until);
        fields.require("/valid_until", ordered, FieldCode::OutOfOrder);
        let days = self.valid_from.zip(self.valid_until).map_or(0, |(from, until)| (until - from).num_days());
        let short_enough = self.kind != ConfirmationKind::FitToFly || days <= FIT_TO_FLY_DAYS;
        fields.require("/valid_until", short_enough, FieldCode::OutOfRange);
        fields.finish(|| Some(self))
    }
}

impl Confirmation {
    /// Whether it still counts.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.retracted_at.is_none()
    }

    /// Takes the confirmation back.
    ///
    /// # Errors
    /// [`WrongState`] when it was taken back before.
    pub fn retract(mut self, now: DateTime<Utc>) -> Result<Self, WrongState> {
        if self.retracted_at.is_some() {
            return Err(WrongState { machine: "confirmation", state: "retracted", operation: "retract" });
        }
        self.retracted_at = Some(now);
        Ok(self)
    }
}

impl ConfirmationKind {
    /// Who may record it: money by finance, the second signature only by its own role.
    #[must_use]
    pub fn recorders(self) -> &'static [Party] {
        match self {
            Self::DoctorAgreement
            | Self::HlaAnswer
            | Self::UrgentAdviceAcknowledged
            | Self::FitToFly
            | Self::AnticoagulantDecision
            | Self::EarlyReoperationReason
            | Self::FollowUpProblem
            | Self::HandoverSummary => &[Party::Doctor],
            Self::AdministratorAgreement | Self::DeathErrorProof => &[Party::Administrator],
            Self::DepositCleared | Self::GuaranteeVerified | Self::DepositReversed | Self::GuaranteeRejected => {
                &[Party::Finance]
            }
            Self::MoneySettled | Self::RefundComputed | Self::DepositDecision => &[Party::Finance, Party::Coordinator],
            Self::DuplicateCheck => &[Party::System, Party::Coordinator],
            Self::DeathReport => &[Party::Doctor, Party::Lead, Party::System],
            Self::PreOpFinding => &[Party::Doctor, Party::System],
            Self::FirstResponse
            | Self::PrivacyNotice
            | Self::ContactAttempt
            | Self::ReminderSent
            | Self::GuardianProof
            | Self::SamePersonVerified
            | Self::SpasmVideo
            | Self::PatientInformed
            | Self::ConservativeOutcome
            | Self::AdequateMri
            | Self::HospitalToImage
            | Self::HospitalOptionsOffered
            | Self::NoOtherHospital
            | Self::TermsAcknowledged
            | Self::SlotReconfirmed
            | Self::TravelChecklist
            | Self::PassportVerified
            | Self::VisaSettled
            | Self::AccommodationBooked
            | Self::TransferBooked
            | Self::InsuranceBound
            | Self::ReturnTicket
            | Self::Arrival
            | Self::SurgicalConsent
            | Self::BaselineAudiometry
            | Self::MonitoringPlan
            | Self::Departure
            | Self::TravelPackGiven
            | Self::HomeContactVerified
            | Self::PriorOperationReport
            | Self::ComplaintsClosed
            | Self::StaleDataRecheck
            | Self::PatientUnreachable
            | Self::PartiesTold => &[Party::Coordinator, Party::Doctor],
        }
    }

    /// Whether it speaks of one operation only and is asked anew in the next surgery cycle.
    #[must_use]
    pub fn is_per_cycle(self) -> bool {
        !matches!(
            self,
            Self::DuplicateCheck
                | Self::FirstResponse
                | Self::PrivacyNotice
                | Self::GuardianProof
                | Self::ContactAttempt
                | Self::DeathReport
        )
    }

    /// Whether the channel must be named.
    #[must_use]
    pub fn names_channel(self) -> bool {
        matches!(self, Self::FirstResponse | Self::ContactAttempt | Self::ReminderSent)
    }

    /// Whether it holds only for a term that must be given.
    #[must_use]
    pub fn has_term(self) -> bool {
        matches!(self, Self::InsuranceBound | Self::FitToFly)
    }

    /// Whether a change of it takes an already given surgery clearance away (domain §6.5).
    #[must_use]
    pub fn feeds_clearance(self) -> bool {
        matches!(self, Self::InsuranceBound | Self::SurgicalConsent | Self::AnticoagulantDecision)
    }

    /// Whether it is still recorded after a death or a merge: what corrects the end, and what settles
    /// money and complaints (domain §6.3, illegal by design).
    #[must_use]
    pub fn outlasts_the_case(self) -> bool {
        matches!(
            self,
            Self::AdministratorAgreement
                | Self::DeathErrorProof
                | Self::ComplaintsClosed
                | Self::MoneySettled
                | Self::RefundComputed
                | Self::DepositDecision
                | Self::DepositCleared
                | Self::DepositReversed
                | Self::GuaranteeVerified
                | Self::GuaranteeRejected
        )
    }

    /// The kinds that `party` may record.
    pub fn recorded_by(party: Party) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |kind| kind.recorders().contains(&party))
    }
}

coded! {
    /// What can be confirmed on a case.
    pub enum ConfirmationKind: "confirmation_kind" {
        FirstResponse = "first_response" => "First response to the inquiry", "الرد الأول على الاستفسار", "Başvuruya ilk yanıt";
        PrivacyNotice = "privacy_notice" => "Privacy notice given in the patient's language", "إشعار الخصوصية بلغة المريض", "Hastanın dilinde aydınlatma metni";
        DuplicateCheck = "duplicate_check" => "Duplicate check decided", "البت في فحص التكرار", "Mükerrer denetimi sonucu";
        ContactAttempt = "contact_attempt" => "Attempt to reach the patient", "محاولة الوصول إلى المريض", "Hastaya ulaşma denemesi";
        ReminderSent = "reminder_sent" => "Reminder sent", "أُرسل تذكير", "Hatırlatma gönderildi";
        GuardianProof = "guardian_proof" => "Proof of guardianship", "إثبات الولاية", "Velayet belgesi";
        SamePersonVerified = "same_person_verified" => "Same person by two strong identifiers", "الشخص نفسه بمعرّفين قويين", "İki güçlü kimlikle aynı kişi";
        DoctorAgreement = "doctor_agreement" => "A doctor agrees with the step", "موافقة طبيب على الخطوة", "Doktorun adıma onayı";
        AdministratorAgreement = "administrator_agreement" => "An administrator agrees with the step", "موافقة مدير النظام على الخطوة", "Yöneticinin adıma onayı";
        SpasmVideo = "spasm_video" => "Video of the spasm received", "استلام فيديو للتشنج", "Spazm videosu alındı";
        PatientInformed = "patient_informed" => "Patient informed in their language", "إبلاغ المريض بلغته", "Hasta kendi dilinde bilgilendirildi";
        UrgentAdviceAcknowledged = "urgent_advice_acknowledged" => "Urgent advice acknowledged by the patient", "إقرار المريض بالنصيحة العاجلة", "Acil öneri hastaca teyit edildi";
        HlaAnswer = "hla_answer" => "HLA-B*15:02 question answered", "الإجابة عن سؤال HLA-B*15:02", "HLA-B*15:02 yanıtı";
        ConservativeOutcome = "conservative_outcome" => "Outcome of conservative care", "نتيجة العلاج التحفظي", "Konservatif tedavi sonucu";
        AdequateMri = "adequate_mri" => "Readable MRI with heavy T2 and MRA", "رنين مقروء مع T2 ثقيل وتصوير أوعية", "Ağır T2 ve MRA'lı okunabilir MR";
        HospitalToImage = "hospital_to_image" => "The hospital will do the imaging", "سيجري المستشفى التصوير", "Görüntülemeyi hastane yapacak";
        HospitalOptionsOffered = "hospital_options_offered" => "At least two hospitals offered, or the reason", "عرض مستشفيين على الأقل أو السبب", "En az iki hastane sunuldu veya nedeni";
        NoOtherHospital = "no_other_hospital" => "No other hospital is possible or wanted", "لا مستشفى آخر ممكن أو مرغوب", "Başka hastane mümkün değil veya istenmiyor";
        DepositCleared = "deposit_cleared" => "Deposit cleared", "تحصيل العربون", "Depozito alındı";
        GuaranteeVerified = "guarantee_verified" => "Letter of guarantee verified", "التحقق من خطاب الضمان", "Garanti mektubu doğrulandı";
        DepositReversed = "deposit_reversed" => "Deposit reversed", "إلغاء العربون", "Depozito geri alındı";
        GuaranteeRejected = "guarantee_rejected" => "Guarantee rejected or expired", "رفض الضمان أو انتهاؤه", "Garanti reddedildi veya süresi doldu";
        TermsAcknowledged = "terms_acknowledged" => "Terms and refund matrix acknowledged", "الإقرار بالشروط وجدول الاسترداد", "Koşullar ve iade tablosu onayı";
        SlotReconfirmed = "slot_reconfirmed" => "Slot re-confirmed by the hospital", "إعادة تأكيد الموعد من المستشفى", "Randevu hastanece yeniden doğrulandı";
        TravelChecklist = "travel_checklist" => "Travel checklist made", "إعداد قائمة السفر", "Seyahat kontrol listesi hazırlandı";
        PassportVerified = "passport_verified" => "Passport verified", "التحقق من جواز السفر", "Pasaport doğrulandı";
        VisaSettled = "visa_settled" => "Visa granted or not needed", "التأشيرة ممنوحة أو غير لازمة", "Vize verildi veya gerekmiyor";
        AccommodationBooked = "accommodation_booked" => "Accommodation booked", "حجز السكن", "Konaklama ayrıldı";
        TransferBooked = "transfer_booked" => "Transfer booked", "حجز النقل", "Transfer ayrıldı";
        InsuranceBound = "insurance_bound" => "Complication insurance bound", "إبرام تأمين المضاعفات", "Komplikasyon sigortası yapıldı";
        ReturnTicket = "return_ticket" => "Return ticket after the no-fly days", "تذكرة العودة بعد أيام منع الطيران", "Uçuş yasağı sonrasına dönüş bileti";
        Arrival = "arrival" => "Arrival in the country", "الوصول إلى البلد", "Ülkeye varış";
        RefundComputed = "refund_computed" => "Refund computed and shown", "حساب الاسترداد وعرضه", "İade hesaplanıp gösterildi";
        PreOpFinding = "pre_op_finding" => "Pre-operative finding", "نتيجة ما قبل العملية", "Ameliyat öncesi bulgu";
        SurgicalConsent = "surgical_consent" => "Surgical consent signed with an interpreter", "توقيع موافقة الجراحة بحضور مترجم", "Tercümanla imzalı ameliyat onamı";
        AnticoagulantDecision = "anticoagulant_decision" => "Decision on anticoagulants", "قرار مضادات التخثر", "Kan sulandırıcı kararı";
        BaselineAudiometry = "baseline_audiometry" => "Baseline audiogram", "تخطيط السمع الأساسي", "Başlangıç odyogramı";
        MonitoringPlan = "monitoring_plan" => "Plan for intra-operative monitoring", "خطة المراقبة أثناء العملية", "Ameliyat içi monitörizasyon planı";
        DeathReport = "death_report" => "Report of death: time, place, source", "بلاغ وفاة: الوقت والمكان والمصدر", "Ölüm bildirimi: zaman, yer, kaynak";
        DeathErrorProof = "death_error_proof" => "Proof that the death was recorded in error", "إثبات خطأ تسجيل الوفاة", "Ölüm kaydının hatalı olduğunun kanıtı";
        Departure = "departure" => "Departure home", "المغادرة إلى الوطن", "Eve dönüş";
        TravelPackGiven = "travel_pack_given" => "Travel pack given", "تسليم حزمة السفر", "Seyahat dosyası verildi";
        HomeContactVerified = "home_contact_verified" => "Contact at home verified", "التحقق من جهة الاتصال في الوطن", "Evdeki iletişim doğrulandı";
        FitToFly = "fit_to_fly" => "Fit to fly, signed by the surgeon", "لياقة للطيران بتوقيع الجراح", "Cerrah imzalı uçabilir raporu";
        FollowUpProblem = "follow_up_problem" => "Problem classified: persistent, delayed, recurrence, late complication", "تصنيف المشكلة: مستمرة أو متأخرة أو عودة أو مضاعفة متأخرة", "Sorun sınıfı: sürekli, gecikmiş, nüks, geç komplikasyon";
        EarlyReoperationReason = "early_reoperation_reason" => "Surgeon's reason for an early re-operation", "سبب الجراح لإعادة عملية مبكرة", "Erken yeniden ameliyat gerekçesi";
        PriorOperationReport = "prior_operation_report" => "Earlier operation report attached", "إرفاق تقرير العملية السابقة", "Önceki ameliyat raporu eklendi";
        MoneySettled = "money_settled" => "Money settled", "تسوية الأمور المالية", "Hesap kapandı";
        ComplaintsClosed = "complaints_closed" => "Complaints closed", "إغلاق الشكاوى", "Şikâyetler kapandı";
        StaleDataRecheck = "stale_data_recheck" => "Expired data checked again", "إعادة فحص البيانات المنتهية", "Süresi dolanlar yeniden denetlendi";
        PatientUnreachable = "patient_unreachable" => "Patient not reached for 24 hours", "تعذّر الوصول إلى المريض 24 ساعة", "Hastaya 24 saat ulaşılamadı";
        HandoverSummary = "handover_summary" => "Handover summary sent", "إرسال ملخص التسليم", "Devir özeti gönderildi";
        DepositDecision = "deposit_decision" => "Decision on the deposit", "قرار بشأن العربون", "Depozito kararı";
        PartiesTold = "parties_told" => "Hospital, interpreter and driver told", "إبلاغ المستشفى والمترجم والسائق", "Hastane, tercüman ve sürücü bilgilendirildi";
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};
    use uuid::Uuid;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
    }

    fn statement(kind: ConfirmationKind) -> Statement {
        let today = now().date_naive();
        Statement {
            kind,
            occurred_at: now(),
            reference: Line::parse("R-1", 200).unwrap(),
            channel: Some(ContactChannel::Phone),
            valid_from: Some(today),
            valid_until: Some(today),
        }
    }

    #[test]
    fn an_impossible_statement_is_refused() {
        let wrong = |kind, change: fn(&mut Statement)| {
            let mut said = statement(kind);
            change(&mut said);
            said.check(now()).err()
        };
        for kind in ConfirmationKind::ALL {
            assert_eq!(wrong(*kind, |_| ()), None, "{kind}");
            let silent = wrong(*kind, |it| it.channel = None);
            assert_eq!(silent.is_some(), kind.names_channel(), "{kind}");
            let endless = wrong(*kind, |it| it.valid_until = None);
            assert_eq!(endless.is_some(), kind.has_term(), "{kind}");
            assert!(!kind.recorders().is_empty(), "{kind}");
        }
        let reversed = wrong(ConfirmationKind::InsuranceBound, |it| {
            it.valid_from = now().date_naive().succ_opt();
        });
        assert_eq!(reversed, Some(Invalid::at("/valid_until", FieldCode::OutOfOrder)));
        let longer = wrong(ConfirmationKind::FitToFly, |it| {
            it.valid_until = it.valid_from.and_then(|from| from.checked_add_days(chrono::Days::new(8)));
        });
        assert_eq!(longer, Some(Invalid::at("/valid_until", FieldCode::OutOfRange)));
        let future = wrong(ConfirmationKind::Arrival, |it| it.occurred_at = now() + TimeDelta::minutes(6));
        assert_eq!(future, Some(Invalid::at("/occurred_at", FieldCode::InTheFuture)));
    }

    #[test]
    fn a_confirmation_is_taken_back_once() {
        let confirmation = Confirmation {
            id: Uuid::from_u128(1).into(),
            case_id: Uuid::from_u128(2).into(),
            cycle: 1,
            statement: statement(ConfirmationKind::Arrival),
            recorded_by: None,
            recorded_at: now(),
            retracted_at: None,
        };
        let retracted = confirmation.retract(now()).unwrap();
        assert!(!retracted.stands());
        assert!(retracted.retract(now()).is_err());
    }

    #[test]
    fn what_a_wrong_end_is_corrected_by_outlasts_it_and_nothing_clinical_does() {
        use crate::cases::{EDGES, Trigger};
        let correction = EDGES.iter().find(|edge| edge.trigger == Trigger::CorrectDeath).unwrap();
        let by = correction.actors.iter().flat_map(|party| ConfirmationKind::recorded_by(*party));
        assert!(by.into_iter().all(ConfirmationKind::outlasts_the_case));
        let clinical =
            ConfirmationKind::recorded_by(Party::Doctor).filter(|kind| *kind != ConfirmationKind::ComplaintsClosed);
        assert!(!clinical.into_iter().any(ConfirmationKind::outlasts_the_case));
    }

    #[test]
    fn no_one_confirms_money_but_finance_and_no_one_agrees_for_another() {
        use ConfirmationKind::{AdministratorAgreement, DepositCleared, DoctorAgreement, GuaranteeVerified};
        let by = |party| ConfirmationKind::recorded_by(party).collect::<Vec<_>>();
        assert!(!by(Party::Coordinator).iter().any(|kind| {
            [DepositCleared, GuaranteeVerified, DoctorAgreement, AdministratorAgreement].contains(kind)
        }));
        assert!(by(Party::Hospital).is_empty(), "hospitals report, they do not confirm");
    }
}
