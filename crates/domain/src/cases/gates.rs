//! The gates of the case machine: each a pure predicate over the case file that names what is missing.
//!
//! Whether a gate is hard or soft is said by the edge that names it: the same fact may be
//! advisable for one step and indispensable for the next.

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::edges::Target;
use super::file::CaseFile;
use super::machine::Ask;
use super::stage::Stage;
use crate::confirmations::ConfirmationKind as Known;
use crate::vocabulary::{
    ClosureReason, ConsentPurpose, EncounterKind, InformationItemState, Laterality, ProcedureState, Recommendation,
    ReferralState, SpokenLanguage, coded,
};

/// Imaging older than this no longer shows the present anatomy well enough (domain §1.5).
const IMAGING_DAYS: u64 = 365;
/// A baseline audiogram older than this is no baseline (domain §6.3 T32).
const AUDIOMETRY_DAYS: u64 = 90;
/// A re-confirmed slot counts for this long (domain §6.3 T25).
const SLOT_CONFIRMATION: TimeDelta = TimeDelta::hours(72);
/// No final outcome sooner after the operation than this: relief may come late (domain §0.3).
const OUTCOME_DAYS: u64 = 183;
/// A re-operation sooner than this needs the surgeon's written reason (domain §1.13).
const REOPERATION_DAYS: u64 = 365;

impl Gate {
    /// Names what is missing; an empty list is an open gate.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "one arm for each gate: a list to look up, with no path through it")]
    pub fn missing(self, file: &CaseFile, ask: &Ask<'_>, now: DateTime<Utc>) -> Vec<&'static str> {
        let today = now.date_naive();
        let days_ago = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let needs = |holds: bool, missing: &'static str| if holds { Vec::new() } else { vec![missing] };
        let confirmed = |kind: Known| needs(file.confirmed(kind, now), crate::vocabulary::Coded::code(kind));
        let review = file.review.as_ref();
        match self {
            Self::ContactOrAgency => {
                needs(file.patient.can_be_reached() || file.case.agency.is_some(), "contact_points")
            }
            Self::NameGiven => needs(file.patient.details.has_name(), "name"),
            Self::DuplicateCheckDecided => confirmed(Known::DuplicateCheck),
            Self::FirstResponseLogged => confirmed(Known::FirstResponse),
            Self::PrivacyNoticeGiven => confirmed(Known::PrivacyNotice),
            Self::ConsentHealthData => needs(
                file.consents_to(ConsentPurpose::HealthDataProcessing, None, today),
                "consent_health_data_processing",
            ),
            Self::PatientIdentified => file.patient.details.missing_for_registration(),
            Self::GuardianKnown => {
                needs(!file.patient.is_minor(today) || file.confirmed(Known::GuardianProof, now), "guardian_proof")
            }
            Self::ContactAttempted => needs(
                ask.target != Some(Target::End(ClosureReason::NoResponse))
                    || file.attempts(3, 2, TimeDelta::hours(72), now),
                "contact_attempt",
            ),
            Self::SamePersonVerified => confirmed(Known::SamePersonVerified),
            Self::NothingLeftOpen => {
                needs(!file.has_open_referral() && !file.has_open_booking(), "open_referral_or_booking")
            }
            Self::AdministratorAgreed => {
                needs(file.agreed(Known::AdministratorAgreement, ask, now), "administrator_agreement")
            }
            Self::DoctorAgreed => needs(file.agreed(Known::DoctorAgreement, ask, now), "doctor_agreement"),
            Self::InformationAsked => needs(
                file.information.iter().any(|item| item.state == InformationItemState::Requested),
                "information_item",
            ),
            Self::InformationAnswered => needs(
                file.information.iter().all(|item| item.state != InformationItemState::Requested),
                "information_item",
            ),
            Self::RemindersSent => needs(
                file.count_since(Known::ReminderSent, file.case.stage_since) >= 3
                    && now - file.case.stage_since >= TimeDelta::days(30),
                "reminder_sent",
            ),
            Self::SideKnown => needs(file.case.laterality.is_some(), "laterality"),
            Self::OnsetKnown => needs(file.assessment.is_some(), "onset"),
            Self::SymptomsComplete => needs(file.assessment.is_some(), "symptom_assessment"),
            Self::HistoryAnswered => file
                .assessment
                .as_ref()
                .map_or_else(|| vec!["symptom_assessment"], crate::assessments::SymptomAssessment::unanswered_history),
            Self::DoctorAssigned => needs(file.case.doctor_id.is_some(), "doctor_id"),
            Self::VideoOrExamination => needs(file.examined || file.confirmed(Known::SpasmVideo, now), "spasm_video"),
            Self::ConservativePlanMade => needs(
                review.is_some_and(|review| {
                    review.signed_at >= file.case.stage_since
                        && review.recommendation.is_conservative()
                        && review.conservative.is_some_and(|plan| plan.is_timely(today))
                }),
                "conservative_plan",
            ),
            Self::HlaAnswered => needs(
                review.and_then(|review| review.conservative).is_none_or(|plan| !plan.needs_hla_answer())
                    || file.confirmed(Known::HlaAnswer, now),
                "hla_answer",
            ),
            Self::PatientInformed => {
                needs(file.confirmed_since(Known::PatientInformed, file.case.stage_since), "patient_informed")
            }
            Self::NotOperatedInCycle => needs(!file.operated_in_cycle(), "open_cycle"),
            Self::OperatedInCycle => needs(file.operated_in_cycle(), "earlier_operation"),
            Self::SurgeryRecommended => needs(
                review.is_some_and(|review| {
                    // A case comes to review for a reason: a decision from before it decides nothing.
                    let of_this_review =
                        file.case.stage != Stage::MedicalReview || review.signed_at >= file.case.stage_since;
                    review.recommendation == Recommendation::SurgicalOpinion && of_this_review
                }),
                "review",
            ),
            Self::DiagnosisAndSideConfirmed => needs(
                review.is_some_and(|review| {
                    review.diagnosis.is_some()
                        && review.laterality.is_some()
                        && review.laterality == file.case.laterality
                        && review.laterality != Some(Laterality::Uncertain)
                }),
                "diagnosis_and_side",
            ),
            Self::ChecklistAnswered => {
                review.map_or_else(|| vec!["review"], crate::reviews::Review::unanswered_checklist)
            }
            Self::RedFlagsAddressed => needs(
                file.assessment.as_ref().is_some_and(|assessment| assessment.red_flags.is_empty())
                    || review.is_some_and(|review| review.red_flags_addressed.is_some()),
                "red_flags_addressed",
            ),
            Self::ImagingAdequate => needs(
                file.confirmed_on_or_after(Known::AdequateMri, days_ago(IMAGING_DAYS))
                    || file.confirmed(Known::HospitalToImage, now),
                "adequate_mri",
            ),
            Self::UnsuitabilityReasoned => needs(
                review.is_some_and(|review| {
                    review.signed_at >= file.case.stage_since
                        && review.recommendation == Recommendation::Unsuitable
                        && review.unsuitability.is_some()
                        && review.advice.is_some()
                }),
                "review",
            ),
            Self::OtherDiagnosisCoded => needs(
                review.is_some_and(|review| {
                    review.signed_at >= file.case.stage_since
                        && review.recommendation == Recommendation::OtherDiagnosis
                        && review.diagnosis.is_some()
                        && review.advice.is_some()
                }),
                "review",
            ),
            Self::UrgentAdviceAcknowledged => confirmed(Known::UrgentAdviceAcknowledged),
            Self::ConservativeOutcomeRecorded => {
                needs(file.confirmed_since(Known::ConservativeOutcome, file.case.stage_since), "conservative_outcome")
            }
            Self::PassportNameKnown => needs(file.patient.details.passport_name.is_some(), "passport_name"),
            Self::ConsentShareWithHospital => needs(
                file.hospital_in_question()
                    .is_some_and(|hospital| file.consents_to(ConsentPurpose::ShareWithHospital, Some(hospital), today)),
                "consent_share_with_hospital",
            ),
            Self::HospitalLicensed => needs(file.hospital_licensed, "hospital_licence"),
            Self::OptionsOffered => confirmed(Known::HospitalOptionsOffered),
            Self::AcceptedReferralValid => needs(
                file.accepted_referral().is_some_and(|referral| referral.acceptance_valid_on(today))
                    && file.side_is_accepted(),
                "accepted_referral",
            ),
            Self::HospitalDeclined => needs(
                file.referrals.iter().any(|referral| referral.state == ReferralState::Declined),
                "declined_referral",
            ),
            Self::NoOtherHospital => confirmed(Known::NoOtherHospital),
            Self::QuoteIssued => {
                needs(file.issued_quote().is_some_and(|quote| quote.is_open_on(today)), "issued_quote")
            }
            Self::QuoteInPatientLanguage => needs(
                file.issued_quote().is_some_and(|quote| file.patient.details.reads(quote.language.spoken())),
                "quote_language",
            ),
            Self::QuoteAccepted => needs(file.accepted_quote().is_some(), "accepted_quote"),
            Self::TermsAcknowledged => confirmed(Known::TermsAcknowledged),
            Self::DepositOrGuarantee => needs(file.funded(now), "deposit_cleared"),
            Self::SlotReconfirmed => {
                needs(file.confirmed_since(Known::SlotReconfirmed, now - SLOT_CONFIRMATION), "slot_reconfirmed")
            }
            Self::DatesFixed | Self::ReferralScheduled => needs(file.schedule().is_some(), "schedule"),
            Self::TravelChecklist => confirmed(Known::TravelChecklist),
            Self::ArrivalRecorded => needs(file.confirmed_since(Known::Arrival, file.case.stage_since), "arrival"),
            Self::PassportVerified => confirmed(Known::PassportVerified),
            Self::VisaSettled => confirmed(Known::VisaSettled),
            Self::AccommodationBooked => confirmed(Known::AccommodationBooked),
            Self::TransferBooked => confirmed(Known::TransferBooked),
            Self::InterpreterAccepted => {
                file.encounters_without_interpreter(&[EncounterKind::Admission, EncounterKind::Consent])
            }
            Self::InsuranceCoversSurgery => needs(file.insured_for_surgery(today), "insurance_bound"),
            Self::ReturnTicket => confirmed(Known::ReturnTicket),
            Self::ReferralsEnded => needs(!file.has_open_referral(), "open_referral"),
            Self::BookingsReleased => needs(!file.has_open_booking(), "open_booking"),
            Self::RefundComputed => {
                needs(!file.was_ever_accepted() || file.confirmed(Known::RefundComputed, now), "refund_computed")
            }
            Self::PreOpFindingRecorded => {
                needs(file.confirmed_since(Known::PreOpFinding, file.case.stage_since), "pre_op_finding")
            }
            Self::AdmissionRecorded => needs(file.admission_known, "admission_number"),
            Self::SideMatches => needs(
                file.procedure().is_none_or(|procedure| file.is_of_side(procedure.side)) && file.side_is_accepted(),
                "side",
            ),
            Self::SurgeryCleared => needs(file.cleared(), "surgery_clearance"),
            Self::SurgicalConsent => confirmed(Known::SurgicalConsent),
            Self::AllergiesKnown => {
                needs(file.assessment.as_ref().is_some_and(|assessment| assessment.allergies.is_known()), "allergies")
            }
            Self::AnticoagulantDecided => confirmed(Known::AnticoagulantDecision),
            Self::BaselineAudiometry => needs(
                file.confirmed_on_or_after(Known::BaselineAudiometry, days_ago(AUDIOMETRY_DAYS)),
                "baseline_audiometry",
            ),
            Self::MonitoringPlanned => confirmed(Known::MonitoringPlan),
            Self::ReasonReported => needs(ask.reason.is_some(), "reason"),
            Self::OperationDocumented => needs(
                file.procedure()
                    .is_some_and(|procedure| procedure.state == ProcedureState::Completed && procedure.is_documented()),
                "operation_record",
            ),
            Self::DeathRecorded => {
                needs(file.confirmed_since(Known::DeathReport, file.case.stage_since), "death_report")
            }
            Self::ComplicationRecorded => needs(!file.complications.is_empty(), "complication"),
            Self::DischargeDocumented => needs(file.discharge.is_some(), "discharge"),
            Self::DischargeAdviceInArabic => needs(
                file.discharge.as_ref().is_some_and(|discharge| {
                    discharge.advice_language == SpokenLanguage::Arabic && discharge.advice_understood_through.is_some()
                }),
                "red_flag_advice",
            ),
            Self::SummaryDelivered => needs(
                file.discharge.as_ref().is_some_and(|discharge| discharge.summary_reference.is_some()),
                "summary_reference",
            ),
            Self::NoSevereComplicationOpen => needs(
                !file.complications.iter().any(crate::surgery::Complication::is_severe_and_open),
                "open_complication",
            ),
            Self::NoComplicationOpen => {
                needs(!file.complications.iter().any(crate::surgery::Complication::is_open), "open_complication")
            }
            Self::DepartureRecorded => {
                needs(file.confirmed_since(Known::Departure, file.case.stage_since), "departure")
            }
            Self::TravelPackGiven => confirmed(Known::TravelPackGiven),
            Self::HomeContactVerified => confirmed(Known::HomeContactVerified),
            Self::FollowUpPlanned => needs(!file.visits.is_empty(), "follow_up_visits"),
            Self::FitToFly => needs(file.fit_to_fly(today), "fit_to_fly"),
            Self::VisitDocumented => needs(file.visits.iter().any(|visit| visit.findings.is_some()), "visit"),
            Self::ProblemClassified => confirmed(Known::FollowUpProblem),
            Self::YearSinceOperation => needs(
                file.last_operation_on().is_none_or(|day| day <= days_ago(REOPERATION_DAYS))
                    || file.confirmed(Known::EarlyReoperationReason, now),
                "early_reoperation_reason",
            ),
            Self::PriorReportAttached => confirmed(Known::PriorOperationReport),
            Self::FinalOutcome => needs(file.has_final_outcome(OUTCOME_DAYS), "final_outcome"),
            Self::MoneySettled => confirmed(Known::MoneySettled),
            Self::ComplaintsClosed => confirmed(Known::ComplaintsClosed),
            Self::FollowUpAttempted => needs(file.attempts(4, 2, TimeDelta::days(90), now), "contact_attempt"),
            Self::DeathErrorProven => confirmed(Known::DeathErrorProof),
            Self::ClosedThisYear => {
                needs(file.case.closed_at.is_some_and(|closed| now - closed <= TimeDelta::days(365)), "closed_at")
            }
            Self::ReviewedBefore => needs(file.review.is_some(), "review"),
            Self::StaleDataRechecked => {
                needs(file.confirmed_since(Known::StaleDataRecheck, file.case.idle_since()), "stale_data_recheck")
            }
            Self::PatientUnreachable => confirmed(Known::PatientUnreachable),
            Self::HandoverSent => confirmed(Known::HandoverSummary),
            Self::DepositDecided => confirmed(Known::DepositDecision),
            Self::ContactedToday => needs(file.confirmed_on_or_after(Known::ContactAttempt, today), "contact_attempt"),
            Self::PartiesTold => confirmed(Known::PartiesTold),
            Self::FundingReversed => {
                let reversed =
                    file.confirmed(Known::DepositReversed, now) || file.confirmed(Known::GuaranteeRejected, now);
                needs(reversed && !file.funded(now), "funding_reversed")
            }
            Self::NotOnHold => needs(file.case.hold.is_none(), "hold"),
        }
    }
}

coded! {
    /// What must hold before a case may take a step (domain §6.3).
    pub enum Gate: "gate" {
        ContactOrAgency = "contact_or_agency" => "A phone number, an e-mail address or a referring agency is known", "رقم هاتف أو بريد إلكتروني أو جهة محيلة معروفة", "Telefon, e-posta veya yönlendiren kurum biliniyor";
        NameGiven = "name_given" => "A name in any script is known", "الاسم معروف بأي كتابة", "Herhangi bir alfabeyle ad biliniyor";
        DuplicateCheckDecided = "duplicate_check_decided" => "The check for duplicates has been decided", "تم البت في فحص التكرار", "Mükerrer kayıt denetimi sonuçlandı";
        FirstResponseLogged = "first_response_logged" => "The first response is logged", "سُجّل الرد الأول", "İlk yanıt kaydedildi";
        PrivacyNoticeGiven = "privacy_notice_given" => "The privacy notice was given in the patient's language", "قُدّم إشعار الخصوصية بلغة المريض", "Aydınlatma metni hastanın dilinde verildi";
        ConsentHealthData = "consent_health_data" => "The consent to process health data is active", "الموافقة على معالجة البيانات الصحية سارية", "Sağlık verisi işleme rızası geçerli";
        PatientIdentified = "patient_identified" => "Name, sex, birth date, country and language are known", "الاسم والجنس وتاريخ الميلاد والبلد واللغة معروفة", "Ad, cinsiyet, doğum tarihi, ülke ve dil biliniyor";
        GuardianKnown = "guardian_known" => "A minor's guardian is proven", "ثبتت ولاية القاصر", "Reşit olmayanın velisi kanıtlandı";
        ContactAttempted = "contact_attempted" => "Three attempts on two channels over 72 hours", "ثلاث محاولات عبر قناتين خلال 72 ساعة", "72 saatte iki kanaldan üç deneme";
        SamePersonVerified = "same_person_verified" => "Two strong identifiers show the same person", "معرّفان قويان يثبتان أنه الشخص نفسه", "İki güçlü kimlik aynı kişiyi gösteriyor";
        NothingLeftOpen = "nothing_left_open" => "No referral or booking is left open", "لا إحالة ولا حجز مفتوح", "Açık sevk veya görev kalmadı";
        AdministratorAgreed = "administrator_agreed" => "A second person, an administrator, agreed", "وافق شخص ثانٍ هو مدير النظام", "İkinci kişi olarak bir yönetici onayladı";
        DoctorAgreed = "doctor_agreed" => "A doctor agreed", "وافق طبيب", "Bir doktor onayladı";
        InformationAsked = "information_asked" => "At least one item is asked for, with a due date", "طُلب عنصر واحد على الأقل مع موعد", "En az bir bilgi süresiyle istendi";
        InformationAnswered = "information_answered" => "Every item was received or waived", "استُلم كل عنصر أو أُعفي منه", "Her bilgi alındı veya vazgeçildi";
        RemindersSent = "reminders_sent" => "Three reminders over 30 days", "ثلاثة تذكيرات خلال 30 يومًا", "30 günde üç hatırlatma";
        SideKnown = "side_known" => "The side is known", "الجهة معروفة", "Taraf biliniyor";
        OnsetKnown = "onset_known" => "The onset is known", "وقت بدء الأعراض معروف", "Başlangıç zamanı biliniyor";
        SymptomsComplete = "symptoms_complete" => "The symptom assessment is complete", "اكتمل تقييم الأعراض", "Belirti değerlendirmesi tamam";
        HistoryAnswered = "history_answered" => "Drugs, allergies, illnesses, anticoagulants, botulinum and prior surgery are answered", "أُجيب عن الأدوية والحساسية والأمراض ومضادات التخثر والبوتولينوم والجراحات السابقة", "İlaç, alerji, hastalık, kan sulandırıcı, botulinum ve geçmiş ameliyat yanıtlandı";
        DoctorAssigned = "doctor_assigned" => "A doctor is assigned", "عُيّن طبيب", "Doktor atandı";
        VideoOrExamination = "video_or_examination" => "A spasm video or an examination note exists", "يوجد فيديو للتشنج أو ملاحظة فحص", "Spazm videosu veya muayene notu var";
        ConservativePlanMade = "conservative_plan_made" => "A plan with a review within 180 days is signed", "وُقّعت خطة بمراجعة خلال 180 يومًا", "180 gün içinde kontrollü plan imzalandı";
        HlaAnswered = "hla_answered" => "The HLA-B*15:02 question is answered before carbamazepine", "أُجيب عن سؤال HLA-B*15:02 قبل الكاربامازيبين", "Karbamazepinden önce HLA-B*15:02 yanıtlandı";
        PatientInformed = "patient_informed" => "The patient was informed in their language", "أُبلغ المريض بلغته", "Hasta kendi dilinde bilgilendirildi";
        NotOperatedInCycle = "not_operated_in_cycle" => "The operation of this surgery cycle has not taken place", "لم تُجرَ بعد عملية هذه الدورة الجراحية", "Bu ameliyat döngüsünün ameliyatı yapılmadı";
        OperatedInCycle = "operated_in_cycle" => "The operation of this surgery cycle has taken place", "أُجريت عملية هذه الدورة الجراحية", "Bu ameliyat döngüsünün ameliyatı yapıldı";
        SurgeryRecommended = "surgery_recommended" => "A doctor signed the recommendation of a surgical opinion", "وقّع طبيب التوصية برأي جراحي", "Doktor cerrahi görüş önerisini imzaladı";
        DiagnosisAndSideConfirmed = "diagnosis_and_side_confirmed" => "The diagnosis and the side are confirmed", "التشخيص والجهة مؤكدان", "Tanı ve taraf doğrulandı";
        ChecklistAnswered = "checklist_answered" => "The lists of indications and contraindications are answered", "أُجيب عن قائمتي الدواعي والموانع", "Endikasyon ve kontrendikasyon listeleri yanıtlandı";
        RedFlagsAddressed = "red_flags_addressed" => "There are no red flags, or each is addressed", "لا علامات خطر أو عولجت كلها", "Alarm bulgusu yok ya da ele alındı";
        ImagingAdequate = "imaging_adequate" => "An MRI with heavy T2 and MRA of the last 12 months, or the hospital will image", "رنين T2 ثقيل مع تصوير أوعية خلال 12 شهرًا أو سيصوّر المستشفى", "Son 12 ayda ağır T2 ve MRA'lı MR ya da hastane çekecek";
        UnsuitabilityReasoned = "unsuitability_reasoned" => "The reason and the alternative advice are signed", "وُقّع السبب والنصيحة البديلة", "Gerekçe ve alternatif öneri imzalandı";
        OtherDiagnosisCoded = "other_diagnosis_coded" => "The other diagnosis is coded, with onward advice", "رُمّز التشخيص الآخر مع نصيحة لاحقة", "Diğer tanı kodlandı ve yönlendirme verildi";
        UrgentAdviceAcknowledged = "urgent_advice_acknowledged" => "The patient acknowledged the urgent advice", "أقرّ المريض بالنصيحة العاجلة", "Hasta acil öneriyi teyit etti";
        ConservativeOutcomeRecorded = "conservative_outcome_recorded" => "The outcome of conservative care is recorded", "سُجّلت نتيجة العلاج التحفظي", "Konservatif tedavi sonucu kaydedildi";
        PassportNameKnown = "passport_name_known" => "The name as in the passport is known", "الاسم كما في جواز السفر معروف", "Pasaporttaki ad biliniyor";
        ConsentShareWithHospital = "consent_share_with_hospital" => "The consent to share with this hospital is active", "الموافقة على المشاركة مع هذا المستشفى سارية", "Bu hastaneyle paylaşım rızası geçerli";
        HospitalLicensed = "hospital_licensed" => "The hospital is active and its licence valid", "المستشفى نشط وترخيصه سارٍ", "Hastane etkin ve ruhsatı geçerli";
        OptionsOffered = "options_offered" => "At least two hospitals were offered, or the reason is logged", "عُرض مستشفيان على الأقل أو سُجّل السبب", "En az iki hastane sunuldu veya nedeni kaydedildi";
        AcceptedReferralValid = "accepted_referral_valid" => "A hospital's acceptance is valid", "قبول المستشفى سارٍ", "Hastane kabulü geçerli";
        HospitalDeclined = "hospital_declined" => "At least one hospital declined", "رفض مستشفى واحد على الأقل", "En az bir hastane reddetti";
        NoOtherHospital = "no_other_hospital" => "There is no other hospital, or the patient refuses one", "لا مستشفى آخر أو رفضه المريض", "Başka hastane yok ya da hasta istemiyor";
        QuoteIssued = "quote_issued" => "A complete quote is issued and not expired", "صدر عرض سعر كامل غير منتهٍ", "Eksiksiz ve süresi dolmamış teklif verildi";
        QuoteInPatientLanguage = "quote_in_patient_language" => "The quote is in a language that the patient reads", "عرض السعر بلغة يقرؤها المريض", "Teklif hastanın okuduğu dilde";
        QuoteAccepted = "quote_accepted" => "The patient accepted this very version, with evidence", "قبل المريض هذه النسخة بدليل", "Hasta tam bu sürümü kanıtla kabul etti";
        TermsAcknowledged = "terms_acknowledged" => "Terms and refund matrix are acknowledged", "أُقرّت الشروط وجدول الاسترداد", "Koşullar ve iade tablosu onaylandı";
        DepositOrGuarantee = "deposit_or_guarantee" => "The deposit is cleared or the guarantee verified", "حُصّل العربون أو تحقق الضمان", "Depozito alındı veya garanti doğrulandı";
        SlotReconfirmed = "slot_reconfirmed" => "The slot was re-confirmed within 72 hours", "أُعيد تأكيد الموعد خلال 72 ساعة", "Randevu son 72 saatte yeniden doğrulandı";
        DatesFixed = "dates_fixed" => "Admission and surgery dates are fixed", "ثُبّت موعدا الدخول والعملية", "Yatış ve ameliyat tarihleri kesin";
        TravelChecklist = "travel_checklist" => "The travel checklist exists", "قائمة السفر موجودة", "Seyahat kontrol listesi hazır";
        ArrivalRecorded = "arrival_recorded" => "The arrival time is recorded", "سُجّل وقت الوصول", "Varış zamanı kaydedildi";
        PassportVerified = "passport_verified" => "The passport is verified", "تم التحقق من الجواز", "Pasaport doğrulandı";
        VisaSettled = "visa_settled" => "The visa is settled", "أمر التأشيرة محسوم", "Vize tamam";
        AccommodationBooked = "accommodation_booked" => "The room is booked", "السكن محجوز", "Konaklama ayrıldı";
        TransferBooked = "transfer_booked" => "The transfer is booked", "النقل محجوز", "Transfer ayrıldı";
        InterpreterAccepted = "interpreter_accepted" => "An interpreter accepted admission and consent", "قبل مترجم مرافقة الدخول والموافقة", "Tercüman yatış ve onam için kabul etti";
        InsuranceCoversSurgery = "insurance_covers_surgery" => "Complication insurance covers the day of surgery", "تأمين المضاعفات يغطي يوم العملية", "Komplikasyon sigortası ameliyat gününü kapsıyor";
        ReturnTicket = "return_ticket" => "The return ticket respects the no-fly days", "تذكرة العودة تراعي أيام منع الطيران", "Dönüş bileti uçuş yasağı günlerine uygun";
        ReferralsEnded = "referrals_ended" => "Every referral is ended with its hospital", "أُنهيت كل إحالة مع مستشفاها", "Her sevk hastanesiyle sonlandırıldı";
        BookingsReleased = "bookings_released" => "Every interpreter is released", "أُعفي كل مترجم", "Tüm tercümanlar serbest bırakıldı";
        RefundComputed = "refund_computed" => "The refund is computed and shown", "حُسب الاسترداد وعُرض", "İade hesaplanıp gösterildi";
        PreOpFindingRecorded = "pre_op_finding_recorded" => "The pre-operative finding is recorded", "سُجّلت نتيجة ما قبل العملية", "Ameliyat öncesi bulgu kaydedildi";
        AdmissionRecorded = "admission_recorded" => "Admission number and time are recorded", "سُجّل رقم الدخول ووقته", "Yatış numarası ve zamanı kaydedildi";
        ReferralScheduled = "referral_scheduled" => "The referral was scheduled", "جُدولت الإحالة", "Sevk planlandı";
        SideMatches = "side_matches" => "The operated side is the side of the case", "جهة العملية هي جهة الحالة", "Ameliyat tarafı vakanın tarafı";
        SurgeryCleared = "surgery_cleared" => "Surgery was cleared by coordinator and doctor", "أجاز المنسّق والطبيب العملية", "Koordinatör ve doktor ameliyata izin verdi";
        SurgicalConsent = "surgical_consent" => "The surgical consent is signed, with an interpreter", "وُقّعت موافقة الجراحة بحضور مترجم", "Ameliyat onamı tercümanla imzalandı";
        AllergiesKnown = "allergies_known" => "Allergies are known or known to be none", "الحساسية معروفة أو منفية", "Alerjiler biliniyor ya da yok";
        AnticoagulantDecided = "anticoagulant_decided" => "What happens with anticoagulants is decided", "حُسم أمر مضادات التخثر", "Kan sulandırıcı kararı verildi";
        BaselineAudiometry = "baseline_audiometry" => "A baseline audiogram of the last 90 days exists", "يوجد تخطيط سمع أساسي خلال 90 يومًا", "Son 90 güne ait odyogram var";
        MonitoringPlanned = "monitoring_planned" => "Intra-operative monitoring is planned", "خُطط للمراقبة أثناء العملية", "Ameliyat içi monitörizasyon planlandı";
        ReasonReported = "reason_reported" => "The reason is reported", "ذُكر السبب", "Neden bildirildi";
        OperationDocumented = "operation_documented" => "Vessels, method and monitoring are documented", "وُثّقت الأوعية والطريقة والمراقبة", "Damarlar, yöntem ve monitörizasyon belgelendi";
        DeathRecorded = "death_recorded" => "Time, place and source of the death are recorded", "سُجّل وقت الوفاة ومكانها ومصدرها", "Ölümün zamanı, yeri ve kaynağı kaydedildi";
        ComplicationRecorded = "complication_recorded" => "The complication is recorded", "سُجّلت المضاعفة", "Komplikasyon kaydedildi";
        DischargeDocumented = "discharge_documented" => "The discharge is documented", "وُثّق الخروج", "Taburculuk belgelendi";
        DischargeAdviceInArabic = "discharge_advice_in_arabic" => "Red-flag advice was given in Arabic, through an interpreter", "قُدّمت نصائح الخطر بالعربية عبر مترجم", "Alarm önerileri tercümanla Arapça verildi";
        SummaryDelivered = "summary_delivered" => "The discharge summary is there", "تقرير الخروج موجود", "Epikriz mevcut";
        NoSevereComplicationOpen = "no_severe_complication_open" => "No complication of grade IIIa or worse is open", "لا مضاعفة مفتوحة من الدرجة IIIa فأعلى", "IIIa ve üstü açık komplikasyon yok";
        NoComplicationOpen = "no_complication_open" => "No complication is open", "لا مضاعفة مفتوحة", "Açık komplikasyon yok";
        DepartureRecorded = "departure_recorded" => "The departure time is recorded", "سُجّل وقت المغادرة", "Dönüş zamanı kaydedildi";
        TravelPackGiven = "travel_pack_given" => "The travel pack was given", "سُلّمت حزمة السفر", "Seyahat dosyası verildi";
        HomeContactVerified = "home_contact_verified" => "The contact at home is verified", "تم التحقق من جهة الاتصال في الوطن", "Evdeki iletişim doğrulandı";
        FollowUpPlanned = "follow_up_planned" => "Follow-up visits are planned", "خُططت زيارات المتابعة", "Takip ziyaretleri planlandı";
        FitToFly = "fit_to_fly" => "A surgeon's fit-to-fly record is valid", "شهادة اللياقة للطيران سارية", "Cerrahın uçabilir kaydı geçerli";
        VisitDocumented = "visit_documented" => "The findings of the visit are documented", "وُثّقت نتائج الزيارة", "Ziyaret bulguları belgelendi";
        ProblemClassified = "problem_classified" => "The problem is classified", "صُنّفت المشكلة", "Sorun sınıflandırıldı";
        YearSinceOperation = "year_since_operation" => "Twelve months since the operation, or the surgeon's reason", "مرّ 12 شهرًا على العملية أو ذُكر سبب الجراح", "Ameliyattan 12 ay geçti ya da cerrahın gerekçesi var";
        PriorReportAttached = "prior_report_attached" => "The earlier operation report is attached", "أُرفق تقرير العملية السابقة", "Önceki ameliyat raporu eklendi";
        FinalOutcome = "final_outcome" => "A final outcome six months or more after surgery is recorded", "سُجّلت نتيجة نهائية بعد ستة أشهر أو أكثر من العملية", "Ameliyattan en az altı ay sonra kesin sonuç kaydedildi";
        MoneySettled = "money_settled" => "Money is settled", "سُوّيت الأمور المالية", "Hesap kapandı";
        ComplaintsClosed = "complaints_closed" => "Complaints are closed", "أُغلقت الشكاوى", "Şikâyetler kapandı";
        FollowUpAttempted = "follow_up_attempted" => "Four attempts on two channels over 90 days", "أربع محاولات عبر قناتين خلال 90 يومًا", "90 günde iki kanaldan dört deneme";
        DeathErrorProven = "death_error_proven" => "The error is proven", "ثبت الخطأ", "Hata kanıtlandı";
        ClosedThisYear = "closed_this_year" => "The case was closed within twelve months", "أُغلقت الحالة خلال 12 شهرًا", "Vaka son 12 ayda kapandı";
        ReviewedBefore = "reviewed_before" => "A doctor has reviewed the case before", "راجع طبيب الحالة من قبل", "Vakayı daha önce bir doktor değerlendirdi";
        StaleDataRechecked = "stale_data_rechecked" => "What may have expired was checked again", "أُعيد فحص ما قد تنتهي صلاحيته", "Süresi dolabilecekler yeniden denetlendi";
        PatientUnreachable = "patient_unreachable" => "The patient was not reached for 24 hours", "تعذّر الوصول إلى المريض 24 ساعة", "Hastaya 24 saat ulaşılamadı";
        HandoverSent = "handover_sent" => "The handover summary was sent", "أُرسل ملخص التسليم", "Devir özeti gönderildi";
        DepositDecided = "deposit_decided" => "What happens with the deposit is decided", "حُسم أمر العربون", "Depozito kararı verildi";
        ContactedToday = "contacted_today" => "The patient was called the same day", "جرى الاتصال بالمريض في اليوم نفسه", "Hasta aynı gün arandı";
        PartiesTold = "parties_told" => "Hospital, interpreter and driver were told", "أُبلغ المستشفى والمترجم والسائق", "Hastane, tercüman ve sürücü bilgilendirildi";
        FundingReversed = "funding_reversed" => "The reversal of deposit or guarantee is recorded", "سُجّل إلغاء العربون أو الضمان", "Depozito veya garantinin geri alındığı kayıtlı";
        NotOnHold = "not_on_hold" => "The case is not on hold", "الحالة ليست معلّقة", "Vaka beklemede değil";
    }
}
