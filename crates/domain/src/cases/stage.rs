//! The twenty stages of a case (domain §6.2).

use crate::vocabulary::coded;

coded! {
    /// Where a case stands on the way from the first contact to follow-up at home (local stage of a FHIR `EpisodeOfCare`).
    pub enum Stage: "stage" {
        Inquiry = "inquiry" => "Inquiry", "استفسار", "İlk başvuru";
        Intake = "intake" => "Intake", "استكمال الملف", "Dosya hazırlığı";
        AwaitingPatientInfo = "awaiting_patient_info" => "Awaiting information", "بانتظار المعلومات", "Bilgi bekleniyor";
        MedicalReview = "medical_review" => "Medical review", "المراجعة الطبية", "Tıbbi değerlendirme";
        ConservativeCare = "conservative_care" => "Conservative care", "علاج تحفظي", "Konservatif tedavi";
        ReferralPreparation = "referral_preparation" => "Referral in preparation", "تحضير الإحالة", "Sevk hazırlığı";
        Referred = "referred" => "Referred", "أُحيلت", "Sevk edildi";
        Accepted = "accepted" => "Accepted by a hospital", "قُبلت من مستشفى", "Hastane kabul etti";
        Quoted = "quoted" => "Quote issued", "صدر عرض السعر", "Fiyat teklifi verildi";
        Confirmed = "confirmed" => "Confirmed by the patient", "أكّدها المريض", "Hasta onayladı";
        PreArrival = "pre_arrival" => "Before arrival", "قبل الوصول", "Varış öncesi";
        Arrived = "arrived" => "Arrived", "وصل المريض", "Hasta geldi";
        Admitted = "admitted" => "Admitted", "أُدخل المستشفى", "Yatış yapıldı";
        InSurgery = "in_surgery" => "In surgery", "في العملية", "Ameliyatta";
        InpatientRecovery = "inpatient_recovery" => "Recovering in hospital", "التعافي في المستشفى", "Hastanede iyileşme";
        Convalescence = "convalescence" => "Convalescence", "النقاهة", "Nekahet";
        FollowUp = "follow_up" => "Follow-up", "المتابعة", "Takip";
        Closed = "closed" => "Closed", "مغلقة", "Kapalı";
        Deceased = "deceased" => "Deceased", "متوفى", "Vefat";
        Merged = "merged" => "Merged into another case", "دُمجت مع حالة أخرى", "Başka vakayla birleştirildi";
    }
}

impl Stage {
    /// Whether the journey has ended here; only a correction or a re-opening leads on.
    #[must_use]
    pub fn is_final(self) -> bool {
        !OPEN.contains(&self)
    }
}

use Stage::{
    Accepted, Admitted, Arrived, AwaitingPatientInfo, Confirmed, ConservativeCare, Convalescence, FollowUp, InSurgery,
    InpatientRecovery, Inquiry, Intake, MedicalReview, PreArrival, Quoted, ReferralPreparation, Referred,
};

/// Every stage in which the journey goes on.
pub(super) const OPEN: &[Stage] = &[
    Inquiry,
    Intake,
    AwaitingPatientInfo,
    MedicalReview,
    ConservativeCare,
    ReferralPreparation,
    Referred,
    Accepted,
    Quoted,
    Confirmed,
    PreArrival,
    Arrived,
    Admitted,
    InSurgery,
    InpatientRecovery,
    Convalescence,
    FollowUp,
];

/// Every stage before the patient travels.
pub(super) const BEFORE_ARRIVAL: &[Stage] = &[
    Inquiry,
    Intake,
    AwaitingPatientInfo,
    MedicalReview,
    ConservativeCare,
    ReferralPreparation,
    Referred,
    Accepted,
    Quoted,
    Confirmed,
    PreArrival,
];

/// The stages in which a hospital has promised a slot and the patient has not travelled.
pub(super) const WITH_SLOT: &[Stage] = &[Accepted, Quoted, Confirmed, PreArrival];
