//! The table: each action, the roles that may take it, and how far they reach.

use crate::vocabulary::{Role, coded};

/// How far a role reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Only what is their own: the case team's case, the hospital's referral, the interpreter's booking.
    Own,
    /// Everything of its kind.
    All,
}

/// How much of a person a role may read (security §3). The order is by width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    /// No name and no contact.
    Masked,
    /// What a job needs: name and language.
    Interpreter,
    /// Name, quote and payment.
    Finance,
    /// Identity and clinical data of one's own referral, without contacts.
    Hospital,
    /// Everything.
    Full,
}

impl Audience {
    /// The audience that a role belongs to.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        match role {
            Role::Coordinator | Role::Lead | Role::Doctor => Self::Full,
            Role::HospitalUser => Self::Hospital,
            Role::Finance => Self::Finance,
            Role::Interpreter => Self::Interpreter,
            Role::Administrator | Role::Auditor => Self::Masked,
        }
    }
}

coded! {
    /// What kind of thing is protected.
    pub enum ObjectKind: "object_kind" {
        Patient = "patient" => "Patient", "مريض", "Hasta";
        Case = "case" => "Case", "حالة", "Vaka";
        Referral = "referral" => "Referral", "إحالة", "Sevk";
        Booking = "booking" => "Interpreter booking", "حجز مترجم", "Tercüman görevi";
        Interpreter = "interpreter" => "Interpreter", "مترجم", "Tercüman";
        Hospital = "hospital" => "Hospital", "مستشفى", "Hastane";
        User = "user" => "User", "مستخدم", "Kullanıcı";
        Audit = "audit" => "Audit record", "سجل التدقيق", "Denetim kaydı";
    }

    /// What the policy answered, as the audit trail keeps it.
    pub enum Verdict: "verdict" {
        Allowed = "allowed" => "Allowed", "مسموح", "İzin verildi";
        Forbidden = "forbidden" => "Forbidden", "ممنوع", "Yasaklandı";
        Hidden = "hidden" => "Hidden", "مخفي", "Gizlendi";
    }

    /// What can be done, each allowed by one rule of the policy.
    pub enum Action: "action" {
        ViewPatient = "view_patient" => "View a patient", "عرض مريض", "Hastayı görüntüle";
        RegisterPatient = "register_patient" => "Register a patient", "تسجيل مريض", "Hasta kaydet";
        UpdatePatient = "update_patient" => "Update a patient", "تعديل مريض", "Hastayı güncelle";
        OpenCase = "open_case" => "Open a case", "فتح حالة", "Vaka aç";
        ViewCase = "view_case" => "View a case and its timeline", "عرض حالة وخطها الزمني", "Vakayı ve zaman çizelgesini görüntüle";
        MoveCase = "move_case" => "Take a step with a case", "اتخاذ خطوة في حالة", "Vakada adım at";
        AssignCase = "assign_case" => "Assign coordinator and doctor", "تعيين المنسّق والطبيب", "Koordinatör ve doktor ata";
        Confirm = "confirm" => "Record a confirmation", "تسجيل تأكيد", "Teyit kaydet";
        RequestInformation = "request_information" => "Ask for information and log what came", "طلب معلومات وتسجيل ما وصل", "Bilgi iste ve geleni kaydet";
        ViewClinical = "view_clinical" => "View assessments, reviews, notes and surgery", "عرض التقييمات والمراجعات والملاحظات والجراحة", "Değerlendirme, karar, not ve ameliyatı görüntüle";
        RecordAssessment = "record_assessment" => "Record a symptom assessment", "تسجيل تقييم أعراض", "Belirti değerlendirmesi kaydet";
        SignReview = "sign_review" => "Sign a review decision", "توقيع قرار مراجعة", "Değerlendirme kararı imzala";
        WriteNote = "write_note" => "Write and sign a note", "كتابة ملاحظة وتوقيعها", "Not yaz ve imzala";
        ViewConsents = "view_consents" => "View consents", "عرض الموافقات", "Rızaları görüntüle";
        RecordConsent = "record_consent" => "Record or withdraw a consent", "تسجيل موافقة أو سحبها", "Rıza kaydet veya geri çek";
        ViewTasks = "view_tasks" => "View tasks", "عرض المهام", "Görevleri görüntüle";
        CompleteTask = "complete_task" => "Complete a task", "إنجاز مهمة", "Görevi tamamla";
        ViewInterpreters = "view_interpreters" => "View interpreters", "عرض المترجمين", "Tercümanları görüntüle";
        ManageInterpreters = "manage_interpreters" => "Register and update interpreters", "تسجيل المترجمين وتعديلهم", "Tercüman kaydet ve güncelle";
        ViewBooking = "view_booking" => "View an interpreter booking", "عرض حجز مترجم", "Tercüman görevini görüntüle";
        BookInterpreter = "book_interpreter" => "Request, offer and cancel a booking", "طلب حجز وعرضه وإلغاؤه", "Görev iste, öner ve iptal et";
        AnswerBooking = "answer_booking" => "Accept, decline and complete a booking", "قبول حجز أو رفضه أو إتمامه", "Görevi kabul et, reddet, tamamla";
        ViewHospitals = "view_hospitals" => "View hospitals", "عرض المستشفيات", "Hastaneleri görüntüle";
        ManageHospitals = "manage_hospitals" => "Register and update hospitals", "تسجيل المستشفيات وتعديلها", "Hastane kaydet ve güncelle";
        ViewReferral = "view_referral" => "View a referral", "عرض إحالة", "Sevki görüntüle";
        WriteReferral = "write_referral" => "Draw up, send and cancel a referral", "إعداد إحالة وإرسالها وإلغاؤها", "Sevk hazırla, gönder, iptal et";
        ReportOnReferral = "report_on_referral" => "Report on a referral", "الإبلاغ عن إحالة", "Sevk hakkında bildir";
        ViewQuotes = "view_quotes" => "View quotes", "عرض عروض الأسعار", "Teklifleri görüntüle";
        WriteQuote = "write_quote" => "Draw up and issue a quote, record the answer", "إعداد عرض سعر وإصداره وتسجيل الرد", "Teklif hazırla, ver, yanıtı kaydet";
        RequestClearance = "request_clearance" => "Request a surgery clearance", "طلب إجازة عملية", "Ameliyat izni iste";
        DecideClearance = "decide_clearance" => "Clear or refuse surgery", "إجازة عملية أو رفضها", "Ameliyata izin ver veya reddet";
        RecordComplication = "record_complication" => "Record a complication", "تسجيل مضاعفة", "Komplikasyon kaydet";
        RecordVisit = "record_visit" => "Record a follow-up visit", "تسجيل زيارة متابعة", "Takip ziyareti kaydet";
        Expire = "expire" => "End what was not answered in time", "إنهاء ما لم يُجَب عنه في وقته", "Süresinde yanıtlanmayanı sonlandır";
        ViewUsers = "view_users" => "View users", "عرض المستخدمين", "Kullanıcıları görüntüle";
        ManageUsers = "manage_users" => "Create and disable users", "إنشاء المستخدمين وتعطيلهم", "Kullanıcı oluştur ve devre dışı bırak";
        ViewOwnAccount = "view_own_account" => "View one's own account", "عرض الحساب الشخصي", "Kendi hesabını görüntüle";
        ViewAudit = "view_audit" => "View the audit trail", "عرض سجل التدقيق", "Denetim izini görüntüle";
    }
}

use Reach::{All, Own};
use Role::{Administrator, Auditor, Coordinator, Doctor, Finance, HospitalUser, Interpreter, Lead};

/// The roles that may take an action, and how far each reaches (domain §6.6). What is not here is denied.
#[must_use]
pub const fn rules_of(action: Action) -> &'static [(Role, Reach)] {
    match action {
        Action::ViewPatient | Action::ViewCase => {
            &[(Coordinator, Own), (Lead, All), (Doctor, Own), (Finance, All), (Administrator, All), (Auditor, All)]
        }
        Action::RegisterPatient | Action::OpenCase => &[(Coordinator, All), (Lead, All)],
        Action::UpdatePatient
        | Action::RecordConsent
        | Action::BookInterpreter
        | Action::WriteReferral
        | Action::RequestClearance
        | Action::AssignCase => &[(Coordinator, Own), (Lead, All)],
        Action::MoveCase | Action::Confirm => {
            &[(Coordinator, Own), (Lead, All), (Doctor, Own), (Finance, All), (Administrator, All)]
        }
        Action::RequestInformation
        | Action::RecordAssessment
        | Action::WriteNote
        | Action::RecordComplication
        | Action::RecordVisit
        | Action::CompleteTask => &[(Coordinator, Own), (Lead, All), (Doctor, Own)],
        Action::ViewClinical | Action::ViewTasks => &[(Coordinator, Own), (Lead, All), (Doctor, Own), (Auditor, All)],
        Action::SignReview | Action::DecideClearance => &[(Doctor, Own)],
        Action::ViewConsents => &[(Coordinator, Own), (Lead, All), (Doctor, Own), (Administrator, All), (Auditor, All)],
        Action::ViewInterpreters => {
            &[(Coordinator, All), (Lead, All), (Doctor, All), (Administrator, All), (Auditor, All)]
        }
        Action::ManageInterpreters => &[(Coordinator, All), (Lead, All), (Administrator, All)],
        Action::ViewBooking => &[(Coordinator, Own), (Lead, All), (Doctor, Own), (Interpreter, Own), (Auditor, All)],
        Action::AnswerBooking => &[(Interpreter, Own)],
        Action::ViewHospitals => {
            &[(Coordinator, All), (Lead, All), (Doctor, All), (Finance, All), (Administrator, All), (Auditor, All)]
        }
        Action::ManageHospitals | Action::ManageUsers => &[(Administrator, All)],
        Action::ViewReferral => {
            &[(Coordinator, Own), (Lead, All), (Doctor, Own), (HospitalUser, Own), (Finance, All), (Auditor, All)]
        }
        Action::ReportOnReferral => &[(HospitalUser, Own)],
        Action::ViewQuotes => &[(Coordinator, Own), (Lead, All), (Finance, All), (Auditor, All)],
        Action::WriteQuote => &[(Coordinator, Own), (Lead, All), (Finance, All)],
        Action::ViewUsers => &[(Administrator, All), (Lead, All), (Auditor, All)],
        Action::ViewOwnAccount => &[
            (Administrator, Own),
            (Coordinator, Own),
            (Lead, Own),
            (Doctor, Own),
            (Interpreter, Own),
            (Finance, Own),
            (Auditor, Own),
            (HospitalUser, Own),
        ],
        Action::ViewAudit => &[(Administrator, All), (Auditor, All)],
        // The clock's alone: nobody ends by hand what others may still answer.
        Action::Expire => &[],
    }
}

/// What the product itself may do, in its jobs and when it starts.
pub(super) const SYSTEM: &[Action] =
    &[Action::MoveCase, Action::Expire, Action::ManageUsers, Action::ManageHospitals, Action::ManageInterpreters];

impl ObjectKind {
    /// The action that decides whether someone may know of such a thing.
    #[must_use]
    pub const fn seen_by(self) -> Action {
        match self {
            Self::Patient => Action::ViewPatient,
            Self::Case => Action::ViewCase,
            Self::Referral => Action::ViewReferral,
            Self::Booking => Action::ViewBooking,
            Self::Interpreter => Action::ViewInterpreters,
            Self::Hospital => Action::ViewHospitals,
            Self::User => Action::ViewUsers,
            Self::Audit => Action::ViewAudit,
        }
    }
}
