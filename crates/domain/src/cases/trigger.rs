//! What sets an edge off, and who may do it.

use crate::vocabulary::coded;

coded! {
    /// In which capacity someone moves a case (domain §6.1).
    pub enum Party: "party" {
        Coordinator = "coordinator" => "Coordinator", "المنسّق", "Koordinatör";
        Lead = "lead" => "Lead coordinator", "المنسّق الرئيسي", "Sorumlu koordinatör";
        Doctor = "doctor" => "Doctor", "الطبيب", "Doktor";
        Hospital = "hospital" => "Hospital", "المستشفى", "Hastane";
        Finance = "finance" => "Finance", "المالية", "Finans";
        Administrator = "administrator" => "Administrator", "مدير النظام", "Yönetici";
        System = "system" => "System", "النظام", "Sistem";
    }

    /// What sets an edge of the case machine off (domain §6.3).
    pub enum Trigger: "trigger" {
        OpenCase = "open_case" => "Open the case", "فتح الحالة", "Vakayı aç";
        Register = "register" => "Register the patient", "تسجيل المريض", "Hastayı kaydet";
        Dismiss = "dismiss" => "Dismiss the inquiry", "إغلاق الاستفسار", "Başvuruyu kapat";
        Merge = "merge" => "Merge into another case", "الدمج مع حالة أخرى", "Başka vakayla birleştir";
        RequestInformation = "request_information" => "Request information", "طلب معلومات", "Bilgi iste";
        InformationComplete = "information_complete" => "Information received", "اكتملت المعلومات", "Bilgiler tamamlandı";
        GiveUpWaiting = "give_up_waiting" => "Close for lack of response", "الإغلاق لعدم الرد", "Yanıt gelmediği için kapat";
        SubmitForReview = "submit_for_review" => "Submit for medical review", "الإرسال للمراجعة الطبية", "Tıbbi değerlendirmeye gönder";
        PlanConservativeCare = "plan_conservative_care" => "Plan conservative care", "وضع خطة علاج تحفظي", "Konservatif tedavi planla";
        RecommendSurgery = "recommend_surgery" => "Recommend a surgical opinion", "التوصية برأي جراحي", "Cerrahi görüş öner";
        RejectUnsuitable = "reject_unsuitable" => "Reject as unsuitable", "الرفض لعدم الملاءمة", "Uygun değil olarak reddet";
        RejectOtherDiagnosis = "reject_other_diagnosis" => "Reject for another diagnosis", "الرفض لتشخيص آخر", "Başka tanı nedeniyle reddet";
        HoldForRedFlag = "hold_for_red_flag" => "Hold for a red flag", "التعليق لعلامة خطر", "Alarm bulgusu nedeniyle beklet";
        ReturnToReview = "return_to_review" => "Return to medical review", "العودة إلى المراجعة الطبية", "Tıbbi değerlendirmeye döndür";
        FinishConservativeCare = "finish_conservative_care" => "Finish conservative care", "إنهاء العلاج التحفظي", "Konservatif tedaviyi bitir";
        ReferralSent = "referral_sent" => "Referral sent", "أُرسلت الإحالة", "Sevk gönderildi";
        ReferralAccepted = "referral_accepted" => "Referral accepted", "قُبلت الإحالة", "Sevk kabul edildi";
        HospitalAsks = "hospital_asks" => "Hospital asks for information", "المستشفى يطلب معلومات", "Hastane bilgi istiyor";
        ReferralsExhausted = "referrals_exhausted" => "No referral is open any more", "لم تعد هناك إحالة مفتوحة", "Açık sevk kalmadı";
        GiveUpOnHospitals = "give_up_on_hospitals" => "Close because all hospitals declined", "الإغلاق لرفض جميع المستشفيات", "Tüm hastaneler reddettiği için kapat";
        IssueQuote = "issue_quote" => "Quote issued", "صدر عرض السعر", "Fiyat teklifi verildi";
        ReviseQuote = "revise_quote" => "Quote revised", "عُدّل عرض السعر", "Fiyat teklifi yenilendi";
        QuoteLapsed = "quote_lapsed" => "Quote rejected, expired or withdrawn", "رُفض عرض السعر أو انتهى أو سُحب", "Teklif reddedildi, süresi doldu veya geri çekildi";
        Confirm = "confirm" => "Confirm with the patient", "تأكيد المريض", "Hasta onayını kaydet";
        AcceptanceLost = "acceptance_lost" => "Hospital's acceptance lost or given up", "فُقد قبول المستشفى أو تُرك", "Hastane kabulü düştü veya bırakıldı";
        FixDates = "fix_dates" => "Fix the dates", "تثبيت المواعيد", "Tarihleri kesinleştir";
        RecordArrival = "record_arrival" => "Record the arrival", "تسجيل الوصول", "Varışı kaydet";
        CancelTravel = "cancel_travel" => "Cancel the travel", "إلغاء السفر", "Seyahati iptal et";
        PreOpUnfit = "pre_op_unfit" => "Unfit or newly diagnosed before surgery", "غير لائق أو تشخيص جديد قبل العملية", "Ameliyat öncesi uygun değil veya yeni tanı";
        Admit = "admit" => "Admitted", "أُدخل المستشفى", "Yatış yapıldı";
        StartSurgery = "start_surgery" => "Surgery started", "بدأت العملية", "Ameliyat başladı";
        PostponeSurgery = "postpone_surgery" => "Surgery postponed", "أُجّلت العملية", "Ameliyat ertelendi";
        CancelSurgery = "cancel_surgery" => "Surgery cancelled on the day", "أُلغيت العملية في يومها", "Ameliyat günü iptal edildi";
        EndSurgery = "end_surgery" => "Surgery ended", "انتهت العملية", "Ameliyat bitti";
        AbortSurgery = "abort_surgery" => "Surgery aborted or exploration negative", "أُوقفت العملية أو كان الاستكشاف سلبيًا", "Ameliyat yarıda kesildi veya eksplorasyon negatif";
        DeathInHospital = "death_in_hospital" => "Death in hospital", "الوفاة في المستشفى", "Hastanede ölüm";
        Reoperate = "reoperate" => "Re-operation in the same stay", "إعادة العملية في الإقامة نفسها", "Aynı yatışta yeniden ameliyat";
        RecordComplication = "record_complication" => "Complication recorded", "سُجّلت مضاعفة", "Komplikasyon kaydedildi";
        Discharge = "discharge" => "Discharged", "خرج من المستشفى", "Taburcu edildi";
        TransferOut = "transfer_out" => "Transferred to another hospital", "نُقل إلى مستشفى آخر", "Başka hastaneye nakledildi";
        LeaveAgainstAdvice = "leave_against_advice" => "Left against medical advice", "غادر خلافًا للنصيحة الطبية", "Tıbbi öneriye rağmen ayrıldı";
        Readmit = "readmit" => "Readmitted", "أُعيد إدخاله", "Yeniden yatırıldı";
        RecordDeparture = "record_departure" => "Record the departure", "تسجيل المغادرة", "Dönüşü kaydet";
        RecordVisit = "record_visit" => "Follow-up visit done", "تمت زيارة المتابعة", "Takip ziyareti yapıldı";
        ReportProblem = "report_problem" => "Return to review for a problem", "العودة للمراجعة بسبب مشكلة", "Sorun nedeniyle değerlendirmeye döndür";
        RecommendReoperation = "recommend_reoperation" => "Recommend a re-operation", "التوصية بإعادة العملية", "Yeniden ameliyat öner";
        Complete = "complete" => "Complete the case", "إتمام الحالة", "Vakayı tamamla";
        LoseToFollowUp = "lose_to_follow_up" => "Close as lost to follow-up", "الإغلاق لفقدان المتابعة", "Takipten çıktı olarak kapat";
        Withdraw = "withdraw" => "Patient withdraws", "انسحاب المريض", "Hasta vazgeçti";
        RefuseSurgery = "refuse_surgery" => "Patient refuses surgery", "المريض يرفض العملية", "Hasta ameliyatı reddetti";
        AdviseConservativeCare = "advise_conservative_care" => "Surgeon advises conservative care", "الجراح ينصح بعلاج تحفظي", "Cerrah konservatif tedavi öneriyor";
        Death = "death" => "Death", "الوفاة", "Ölüm";
        CorrectDeath = "correct_death" => "Correct a wrongly recorded death", "تصحيح وفاة سُجّلت خطأ", "Yanlış ölüm kaydını düzelt";
        Reopen = "reopen" => "Re-open the case", "إعادة فتح الحالة", "Vakayı yeniden aç";
        Pause = "pause" => "Put on hold", "التعليق", "Beklemeye al";
        Resume = "resume" => "Resume", "الاستئناف", "Sürdür";
        ConsentWithdrawn = "consent_withdrawn" => "Consent withdrawn", "سُحبت الموافقة", "Rıza geri çekildi";
        MoveSlot = "move_slot" => "Hospital moved or withdrew the slot", "غيّر المستشفى الموعد أو سحبه", "Hastane randevuyu değiştirdi veya geri çekti";
        LostInCountry = "lost_in_country" => "Patient cannot be reached in the country", "تعذّر الوصول إلى المريض داخل البلد", "Hastaya ülkede ulaşılamıyor";
        HandOverCare = "hand_over_care" => "Hand the care over", "تسليم الرعاية", "Bakımı devret";
        ChangeHospital = "change_hospital" => "Change the hospital", "تغيير المستشفى", "Hastane değiştir";
        MissTravel = "miss_travel" => "Patient did not travel", "لم يسافر المريض", "Hasta yolculuk yapmadı";
        ReverseFunding = "reverse_funding" => "Deposit or guarantee reversed", "أُلغي العربون أو الضمان", "Depozito veya garanti geri alındı";
        DischargeWithoutSurgery = "discharge_without_surgery" => "Discharged without surgery", "خرج دون عملية", "Ameliyatsız taburcu edildi";
    }
}

/// How a trigger is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// By the general operation that takes a step.
    Step,
    /// By the operation of another aggregate, by its operation id in the interface document.
    Operation(&'static str),
    /// By a hospital's report on its referral, or by the product when it follows from one.
    Report,
}

impl Trigger {
    /// How the trigger is pulled.
    #[must_use]
    pub const fn via(self) -> Via {
        match self {
            Self::OpenCase => Via::Operation("open_case"),
            Self::ReferralSent => Via::Operation("send_referral"),
            Self::IssueQuote | Self::ReviseQuote => Via::Operation("issue_quote"),
            Self::QuoteLapsed => Via::Operation("reject_quote"),
            Self::RecordComplication => Via::Operation("record_complication"),
            Self::RecordVisit => Via::Operation("record_visit"),
            Self::ConsentWithdrawn => Via::Operation("withdraw_consent"),
            Self::ReferralAccepted
            | Self::HospitalAsks
            | Self::ReferralsExhausted
            | Self::Admit
            | Self::StartSurgery
            | Self::PostponeSurgery
            | Self::CancelSurgery
            | Self::EndSurgery
            | Self::AbortSurgery
            | Self::DeathInHospital
            | Self::Reoperate
            | Self::Discharge
            | Self::TransferOut
            | Self::LeaveAgainstAdvice
            | Self::RefuseSurgery
            | Self::MoveSlot
            | Self::DischargeWithoutSurgery => Via::Report,
            Self::Register
            | Self::Dismiss
            | Self::Merge
            | Self::RequestInformation
            | Self::InformationComplete
            | Self::GiveUpWaiting
            | Self::SubmitForReview
            | Self::PlanConservativeCare
            | Self::RecommendSurgery
            | Self::RejectUnsuitable
            | Self::RejectOtherDiagnosis
            | Self::HoldForRedFlag
            | Self::ReturnToReview
            | Self::FinishConservativeCare
            | Self::GiveUpOnHospitals
            | Self::Confirm
            | Self::AcceptanceLost
            | Self::FixDates
            | Self::RecordArrival
            | Self::CancelTravel
            | Self::PreOpUnfit
            | Self::Readmit
            | Self::RecordDeparture
            | Self::ReportProblem
            | Self::RecommendReoperation
            | Self::Complete
            | Self::LoseToFollowUp
            | Self::Withdraw
            | Self::AdviseConservativeCare
            | Self::Death
            | Self::CorrectDeath
            | Self::Reopen
            | Self::Pause
            | Self::Resume
            | Self::LostInCountry
            | Self::HandOverCare
            | Self::ChangeHospital
            | Self::MissTravel
            | Self::ReverseFunding => Via::Step,
        }
    }
}
