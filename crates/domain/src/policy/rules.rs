//! The table: each action, the roles that may take it, and how far they reach.

use crate::clients::ClientScope;
use crate::vocabulary::{Role, coded};

coded! {
    /// How far a role reaches.
    pub enum Reach: "reach" {
        Own = "own" => "What is their own: the case team's case, the hospital's referral, the interpreter's booking", "ما يخصهم: حالة الفريق وإحالة المستشفى وحجز المترجم", "Kendilerininki: ekibin vakası, hastanenin sevki, tercümanın görevi";
        All = "all" => "Everything of its kind", "كل ما هو من نوعه", "Türünün hepsi";
    }

    /// How near someone stands to a thing. The order is by nearness: who stands nearer may all that the farther may.
    pub enum Relation: "relation" {
        Stranger = "stranger" => "Nothing ties them to it", "لا تربطهم به صلة", "Onunla hiçbir bağı yok";
        Emergency = "emergency" => "They declared an emergency, and may read for an hour", "أعلنوا حالة طارئة ولهم الاطلاع مدة ساعة", "Acil durum bildirdi, bir saat okuyabilir";
        Advising = "advising" => "They were asked for a second opinion, and may read and write notes", "طُلب منهم رأي ثانٍ ولهم الاطلاع وكتابة الملاحظات", "İkinci görüşü istendi, okuyup not yazabilir";
        Own = "own" => "It is their own", "يخصهم", "Kendisinin";
    }
}

impl Relation {
    /// Their own, or a stranger's.
    pub(crate) const fn own_if(own: bool) -> Self {
        if own { Self::Own } else { Self::Stranger }
    }
}

impl Audience {
    /// The audience that a role belongs to.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        match role {
            Role::Coordinator | Role::Lead | Role::Doctor => Self::Full,
            Role::HospitalUser | Role::HospitalClient => Self::Hospital,
            Role::Finance => Self::Finance,
            Role::Interpreter => Self::Interpreter,
            Role::Administrator | Role::Auditor => Self::Masked,
        }
    }
}

coded! {
    /// How much of a person someone may read (security §3). The order is by width.
    pub enum Audience: "audience" {
        Masked = "masked" => "No name and no contact", "دون اسم ولا جهة اتصال", "Ad ve iletişim yok";
        Interpreter = "interpreter" => "What a job needs: name and language", "ما تحتاجه المهمة: الاسم واللغة", "Görevin gerektirdiği: ad ve dil";
        Finance = "finance" => "Name, quote and payment", "الاسم وعرض السعر والدفع", "Ad, teklif ve ödeme";
        Hospital = "hospital" => "Identity and clinical data, without contacts", "الهوية والبيانات السريرية دون جهات الاتصال", "Kimlik ve klinik veri, iletişim bilgisi olmadan";
        Full = "full" => "Everything", "كل شيء", "Her şey";
    }

    /// What kind of thing is protected.
    pub enum ObjectKind: "object_kind" {
        Patient = "patient" => "Patient", "مريض", "Hasta";
        Case = "case" => "Case", "حالة", "Vaka";
        Referral = "referral" => "Referral", "إحالة", "Sevk";
        Booking = "booking" => "Interpreter booking", "حجز مترجم", "Tercüman görevi";
        Grant = "grant" => "Access grant", "إذن وصول", "Erişim yetkisi";
        Delegation = "delegation" => "Delegation", "إنابة", "Vekâlet";
        Interpreter = "interpreter" => "Interpreter", "مترجم", "Tercüman";
        Hospital = "hospital" => "Hospital", "مستشفى", "Hastane";
        User = "user" => "User", "مستخدم", "Kullanıcı";
        Session = "session" => "Session", "جلسة", "Oturum";
        Passkey = "passkey" => "Passkey", "مفتاح مرور", "Geçiş anahtarı";
        Client = "client" => "Machine client", "نظام متصل", "Makine istemcisi";
        Approval = "approval" => "Request for a second person", "طلب موافقة شخص ثانٍ", "İkinci kişi talebi";
        Audit = "audit" => "Audit record", "سجل التدقيق", "Denetim kaydı";
    }

    /// How far a sign-in has come.
    pub enum Assurance: "assurance" {
        /// Nothing but one's own account is open.
        Partial = "partial" => "A second factor is still owed", "عامل التحقق الثاني لم يُستكمل بعد", "İkinci doğrulama henüz yapılmadı";
        Full = "full" => "All that is asked has been shown", "اكتمل كل ما هو مطلوب", "İstenen her şey gösterildi";
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
        AskSecondOpinion = "ask_second_opinion" => "Ask another doctor for a second opinion", "طلب رأي ثانٍ من طبيب آخر", "Başka bir hekimden ikinci görüş iste";
        BreakGlass = "break_glass" => "Open a case in an emergency", "فتح حالة في ظرف طارئ", "Vakayı acil durumda aç";
        EndEmergency = "end_emergency" => "Give the access of an emergency back", "إعادة الوصول الطارئ", "Acil erişimi geri ver";
        ViewGrants = "view_grants" => "View who has access to a case", "عرض من له الوصول إلى حالة", "Vakaya kimin erişebildiğini görüntüle";
        ExplainAccess = "explain_access" => "Explain why someone sees a case", "تفسير سبب اطلاع شخص على حالة", "Birinin vakayı neden gördüğünü açıkla";
        ViewAccessLog = "view_access_log" => "View who looked at a case", "عرض من اطلع على حالة", "Vakaya kimin baktığını görüntüle";
        DelegateWork = "delegate_work" => "Name who stands in for someone", "تعيين من ينوب عن شخص", "Birinin yerine bakacak kişiyi belirle";
        ViewDelegations = "view_delegations" => "View who stands in for whom", "عرض من ينوب عمّن", "Kimin kimin yerine baktığını görüntüle";
        EndDelegation = "end_delegation" => "End a delegation", "إنهاء إنابة", "Vekâleti sonlandır";
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
        ViewOwnReferral = "view_own_referral" => "View a referral as its hospital", "عرض إحالة بصفة المستشفى", "Sevki hastanesi olarak görüntüle";
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
        AssignRoles = "assign_roles" => "Give roles and end them", "منح الأدوار وإنهاؤها", "Rol ver ve sonlandır";
        OffBoardUser = "off_board_user" => "Off-board a user", "إنهاء خدمة مستخدم", "Kullanıcının ayrılışını yap";
        ReviewAccess = "review_access" => "Review who has access", "مراجعة أصحاب الصلاحيات", "Kimin erişimi olduğunu gözden geçir";
        SignIn = "sign_in" => "Sign in", "تسجيل الدخول", "Oturum aç";
        ChangePassword = "change_password" => "Change one's own password", "تغيير كلمة المرور الشخصية", "Kendi parolasını değiştir";
        RequestPasswordReset = "request_password_reset" => "Ask for a link to choose a new password", "طلب رابط لاختيار كلمة مرور جديدة", "Yeni parola için bağlantı iste";
        SetPassword = "set_password" => "Choose a password by a one-time link", "اختيار كلمة مرور برابط يُستخدم مرة واحدة", "Tek kullanımlık bağlantıyla parola belirle";
        ViewOwnAccount = "view_own_account" => "View one's own account", "عرض الحساب الشخصي", "Kendi hesabını görüntüle";
        ViewOwnSignIns = "view_own_sign_ins" => "View one's own sessions and passkeys", "عرض الجلسات ومفاتيح المرور الشخصية", "Kendi oturumlarını ve geçiş anahtarlarını görüntüle";
        ProlongSession = "prolong_session" => "Prolong one's own session", "تمديد الجلسة الشخصية", "Kendi oturumunu uzat";
        EndSession = "end_session" => "End a session of one's own", "إنهاء جلسة شخصية", "Kendi oturumunu sonlandır";
        EndSessions = "end_sessions" => "End every session of a user", "إنهاء جميع جلسات مستخدم", "Bir kullanıcının tüm oturumlarını sonlandır";
        SetUpSecondFactor = "set_up_second_factor" => "Set up one's second factor", "إعداد عامل التحقق الثاني الشخصي", "Kendi ikinci doğrulamasını kur";
        ChangeSecondFactor = "change_second_factor" => "Change one's second factors", "تغيير عوامل التحقق الثاني الشخصية", "Kendi ikinci doğrulamalarını değiştir";
        VerifySecondFactor = "verify_second_factor" => "Show one's second factor", "إبراز عامل التحقق الثاني الشخصي", "Kendi ikinci doğrulamasını göster";
        SkipSecondFactor = "skip_second_factor" => "Go on without the second factor that is owed", "المتابعة دون إبراز عامل التحقق الثاني المطلوب", "Gereken ikinci doğrulama olmadan devam et";
        ResetSecondFactor = "reset_second_factor" => "Take a user's second factors away", "إزالة عوامل التحقق الثاني لمستخدم", "Bir kullanıcının ikinci doğrulamalarını kaldır";
        SealAnew = "seal_anew" => "Encrypt secrets with the present key", "إعادة تشفير الأسرار بالمفتاح الحالي", "Gizli bilgileri güncel anahtarla yeniden şifrele";
        ReuseRefreshToken = "reuse_refresh_token" => "Use a refresh token again", "إعادة استخدام رمز تجديد", "Yenileme belirtecini yeniden kullan";
        RepeatAnswer = "repeat_answer" => "Be given an earlier answer again", "تلقي جواب سابق مرة أخرى", "Önceki yanıtı yeniden al";
        Forget = "forget" => "Remove what need not be kept", "حذف ما لا يلزم الاحتفاظ به", "Saklanması gerekmeyeni sil";
        ViewClients = "view_clients" => "View the hospitals' machine clients", "عرض أنظمة المستشفيات المتصلة", "Hastanelerin makine istemcilerini görüntüle";
        ManageClients = "manage_clients" => "Register the hospitals' machine clients and their keys", "تسجيل أنظمة المستشفيات المتصلة ومفاتيحها", "Hastanelerin makine istemcilerini ve anahtarlarını kaydet";
        ViewApprovals = "view_approvals" => "View requests for a second person", "عرض طلبات موافقة شخص ثانٍ", "İkinci kişi taleplerini görüntüle";
        RequestApproval = "request_approval" => "Ask for a second person, and withdraw it", "طلب موافقة شخص ثانٍ وسحبه", "İkinci kişi talep et ve geri çek";
        ConferAdministrator = "confer_administrator" => "Make someone an administrator, with a second person", "تعيين مسؤول للنظام بموافقة شخص ثانٍ", "İkinci bir kişiyle birini yönetici yap";
        DecideAdministrator = "decide_administrator" => "Decide on another's wish to make an administrator", "البتّ في طلب غيرك تعيين مسؤول للنظام", "Başkasının yönetici atama talebini karara bağla";
        MergePatients = "merge_patients" => "Merge two patient records, with a second person", "دمج سجلَّي مريض بموافقة شخص ثانٍ", "İkinci bir kişiyle iki hasta kaydını birleştir";
        DecideMerge = "decide_merge" => "Decide on another's wish to merge patients", "البتّ في طلب غيرك دمج سجلَّي مريض", "Başkasının hasta birleştirme talebini karara bağla";
        ErasePatient = "erase_patient" => "Erase a patient, with a second person", "محو بيانات مريض بموافقة شخص ثانٍ", "İkinci bir kişiyle hasta verisini sil";
        DecideErasure = "decide_erasure" => "Decide on another's wish to erase a patient", "البتّ في طلب غيرك محو بيانات مريض", "Başkasının hasta silme talebini karara bağla";
        ExportCases = "export_cases" => "Export cases in bulk, with a second person", "تصدير الحالات جملةً بموافقة شخص ثانٍ", "İkinci bir kişiyle vakaları toplu dışa aktar";
        DecideExport = "decide_export" => "Decide on another's wish to export cases", "البتّ في طلب غيرك تصدير الحالات", "Başkasının dışa aktarma talebini karara bağla";
        ViewLegalHolds = "view_legal_holds" => "View legal holds on a patient's record", "عرض أوامر الحفظ القانوني لسجل مريض", "Hasta kaydındaki hukuki saklamaları görüntüle";
        HoldRecord = "hold_record" => "Place and lift a legal hold", "وضع أمر حفظ قانوني ورفعه", "Hukuki saklama koy ve kaldır";
        ViewAudit = "view_audit" => "View the audit trail", "عرض سجل التدقيق", "Denetim izini görüntüle";
    }
}

use Reach::{All, Own};
use Role::{Administrator, Auditor, Coordinator, Doctor, Finance, HospitalClient, HospitalUser, Interpreter, Lead};

/// Whoever signs in.
const EVERYONE: &[(Role, Reach)] = &[
    (Administrator, Own),
    (Coordinator, Own),
    (Lead, Own),
    (Doctor, Own),
    (Interpreter, Own),
    (Finance, Own),
    (Auditor, Own),
    (HospitalUser, Own),
    (HospitalClient, Own),
];

/// Whoever signs in with a password: a machine has a key, and nothing to show besides.
const PEOPLE: &[(Role, Reach)] = &[
    (Administrator, Own),
    (Coordinator, Own),
    (Lead, Own),
    (Doctor, Own),
    (Interpreter, Own),
    (Finance, Own),
    (Auditor, Own),
    (HospitalUser, Own),
];

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
        Action::AskSecondOpinion | Action::RequestInformation | Action::CompleteTask => &[(Coordinator, Own), (Lead, All), (Doctor, Own)],
        // A lead runs every case, and knows what is clinical of those alone on whose team they are.
        Action::RecordAssessment | Action::WriteNote | Action::RecordComplication | Action::RecordVisit => {
            &[(Coordinator, Own), (Lead, Own), (Doctor, Own)]
        }
        Action::ViewClinical => &[(Coordinator, Own), (Lead, Own), (Doctor, Own), (Auditor, All)],
        // Its purpose is to reach what one does not see.
        Action::BreakGlass => &[(Doctor, All), (Lead, All)],
        Action::EndEmergency => &[(Doctor, Own), (Lead, Own)],
        Action::ViewGrants => &[(Coordinator, Own), (Lead, All), (Administrator, All), (Auditor, All)],
        Action::ViewAccessLog => &[(Coordinator, Own), (Lead, Own), (Administrator, All), (Auditor, All)],
        Action::DelegateWork | Action::EndDelegation => {
            &[(Coordinator, Own), (Lead, All), (Doctor, Own), (Administrator, All)]
        }
        Action::ViewDelegations => {
            &[(Coordinator, Own), (Lead, All), (Doctor, Own), (Administrator, All), (Auditor, All)]
        }
        Action::ViewTasks => &[(Coordinator, Own), (Lead, All), (Doctor, Own), (Auditor, All)],
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
        Action::ManageHospitals
        | Action::ManageUsers
        | Action::ManageClients
        | Action::AssignRoles
        | Action::OffBoardUser
        | Action::EndSessions
        | Action::ResetSecondFactor
        | Action::ConferAdministrator
        | Action::DecideAdministrator
        | Action::HoldRecord => &[(Administrator, All)],
        Action::ViewReferral => &[
            (Coordinator, Own),
            (Lead, All),
            (Doctor, Own),
            (HospitalUser, Own),
            (HospitalClient, Own),
            (Finance, All),
            (Auditor, All),
        ],
        Action::ViewOwnReferral | Action::ReportOnReferral => &[(HospitalUser, Own), (HospitalClient, Own)],
        Action::ViewQuotes => &[(Coordinator, Own), (Lead, All), (Finance, All), (Auditor, All)],
        Action::WriteQuote => &[(Coordinator, Own), (Lead, All), (Finance, All)],
        Action::ViewUsers => &[(Administrator, All), (Lead, All), (Auditor, All)],
        Action::ViewOwnAccount | Action::ViewOwnSignIns | Action::EndSession | Action::SignIn => EVERYONE,
        Action::ViewAudit
        | Action::ViewClients
        | Action::ReviewAccess
        | Action::ExplainAccess
        | Action::DecideExport
        | Action::ViewLegalHolds => &[(Administrator, All), (Auditor, All)],
        Action::SetUpSecondFactor
        | Action::ChangeSecondFactor
        | Action::VerifySecondFactor
        | Action::ChangePassword
        | Action::ProlongSession => PEOPLE,
        // A lead sees what it is the business of leads to ask for or to agree to; see `ApprovalKind::pairs`.
        Action::ViewApprovals => &[(Lead, Own), (Administrator, All), (Auditor, All)],
        Action::RequestApproval => &[(Lead, Own), (Administrator, All)],
        Action::MergePatients
        | Action::DecideMerge
        | Action::ErasePatient
        | Action::DecideErasure
        | Action::ExportCases => &[(Lead, All), (Administrator, All)],
        // The clock's alone: nobody ends by hand what others may still answer.
        Action::Expire | Action::Forget | Action::SealAnew
        // Whoever holds a link is not signed in: the product does it for them.
        | Action::RequestPasswordReset | Action::SetPassword
        // Asked for by no name of its own: what was done is asked about again, see `Permitted::answered_again`.
        | Action::RepeatAnswer
        // Nobody may use a token twice, or do without what is owed: that it was tried is what the audit trail keeps.
        | Action::ReuseRefreshToken | Action::SkipSecondFactor => &[],
    }
}

/// What is done to a case, as far as it is asked of the case itself.
pub const ON_A_CASE: &[Action] = &[
    Action::ViewCase,
    Action::MoveCase,
    Action::AssignCase,
    Action::AskSecondOpinion,
    Action::BreakGlass,
    Action::ViewGrants,
    Action::ExplainAccess,
    Action::ViewAccessLog,
    Action::Confirm,
    Action::RequestInformation,
    Action::ViewClinical,
    Action::RecordAssessment,
    Action::SignReview,
    Action::WriteNote,
    Action::ViewConsents,
    Action::RecordConsent,
    Action::ViewTasks,
    Action::CompleteTask,
    Action::BookInterpreter,
    Action::WriteReferral,
    Action::ViewQuotes,
    Action::WriteQuote,
    Action::RequestClearance,
    Action::DecideClearance,
    Action::RecordComplication,
    Action::RecordVisit,
];

/// What is asked of the patient of a case in the care for them.
pub const ON_A_PATIENT: &[Action] = &[Action::ViewPatient, Action::UpdatePatient];

/// What is asked of a referral by itself, besides what is asked of its case.
pub const ON_A_REFERRAL: &[Action] = &[Action::ViewReferral, Action::ViewOwnReferral, Action::ReportOnReferral];

/// What is asked of a booking by itself, besides what is asked of its case.
pub const ON_A_BOOKING: &[Action] = &[Action::ViewBooking, Action::AnswerBooking];

/// What an emergency opens: reading what care needs, and nothing else.
const IN_AN_EMERGENCY: &[Action] = &[
    Action::ViewPatient,
    Action::ViewCase,
    Action::ViewClinical,
    Action::ViewConsents,
    Action::ViewTasks,
    Action::ViewReferral,
    Action::ViewBooking,
];

/// What being asked for a second opinion opens besides.
const ADVISING: &[Action] = &[Action::WriteNote];

/// How near someone must stand for an action whose rule reaches only their own.
#[must_use]
pub fn nearest_needed(action: Action) -> Relation {
    if IN_AN_EMERGENCY.contains(&action) {
        Relation::Emergency
    } else if ADVISING.contains(&action) {
        Relation::Advising
    } else {
        Relation::Own
    }
}

/// What a hospital's client needs a scope for. What is not here its role alone gives: its own account.
const SCOPES: &[(Action, ClientScope)] = &[
    (Action::ViewReferral, ClientScope::ReadReferrals),
    (Action::ViewOwnReferral, ClientScope::ReadReferrals),
    (Action::ReportOnReferral, ClientScope::ReportOnReferrals),
];

/// The scope without which a hospital's client may not take an action that its role allows.
#[must_use]
pub fn scope_needed(action: Action) -> Option<ClientScope> {
    SCOPES.iter().find(|(needing, _)| *needing == action).map(|(_, scope)| *scope)
}

/// What is open to someone who has not shown their second factor yet.
pub(super) const ONES_OWN_ACCOUNT: &[Action] = &[
    Action::SignIn,
    Action::ViewOwnAccount,
    Action::ProlongSession,
    Action::EndSession,
    Action::SetUpSecondFactor,
    Action::VerifySecondFactor,
];

/// What the product itself may do, in its jobs and when it starts.
pub(super) const SYSTEM: &[Action] = &[
    Action::MoveCase,
    Action::Expire,
    Action::ManageUsers,
    Action::AssignRoles,
    Action::OffBoardUser,
    Action::ManageHospitals,
    Action::ManageInterpreters,
    Action::ManageClients,
    Action::EndSession,
    Action::EndSessions,
    Action::RequestPasswordReset,
    Action::SetPassword,
    Action::Forget,
    Action::SealAnew,
];

impl ObjectKind {
    /// The action that decides whether someone may know of such a thing.
    #[must_use]
    pub const fn seen_by(self) -> Action {
        match self {
            Self::Patient => Action::ViewPatient,
            Self::Case => Action::ViewCase,
            Self::Referral => Action::ViewReferral,
            Self::Booking => Action::ViewBooking,
            Self::Grant => Action::ViewGrants,
            Self::Delegation => Action::ViewDelegations,
            Self::Interpreter => Action::ViewInterpreters,
            Self::Hospital => Action::ViewHospitals,
            Self::User => Action::ViewUsers,
            Self::Session => Action::EndSession,
            Self::Passkey => Action::SetUpSecondFactor,
            Self::Client => Action::ViewClients,
            Self::Approval => Action::ViewApprovals,
            Self::Audit => Action::ViewAudit,
        }
    }
}
