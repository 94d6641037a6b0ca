//! Why the product says no: the meaning of a refusal, without any transport.

use crate::vocabulary::{Coded, Language, coded};

/// What kind of "no" this is. The transport turns it into a status of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The request cannot be read at all.
    Malformed,
    /// The request is in a format that is not understood here.
    WrongFormat,
    /// The request is larger than is accepted here.
    TooLarge,
    /// What is addressed does not know this kind of request.
    WrongMethod,
    /// The input breaks a rule of its own.
    Invalid,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// The caller sees the thing but may not do this with it.
    Forbidden,
    /// The caller is not known.
    Unauthenticated,
    /// The state of things does not allow it, or the place is taken.
    Conflict,
    /// The caller decided on an older version.
    Stale,
    /// The caller did not say on which version the change was decided.
    Unconditional,
    /// Too many attempts; later may work.
    TooMany,
    /// Cannot be served now; later may work.
    Unavailable,
    /// A fault of ours.
    Internal,
}

/// The code of a wrong field, with the sentence that the caller reads beside it.
pub type FieldResult<T> = Result<T, FieldCode>;

/// One wrong place in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the request body.
    pub pointer: String,
    /// What is wrong there.
    pub code: FieldCode,
}

/// A refusal: a domain error, a missing permission or a fault of the storage.
///
/// The texts come from [`ProblemCode`] and [`FieldCode`], so that each exists in all languages.
pub trait Refusal: std::error::Error + Send + Sync + 'static {
    /// The stable code that a client may act on; it carries the [`Reason`].
    fn code(&self) -> ProblemCode;

    /// The wrong places of the input, if the input is to blame.
    fn fields(&self) -> Vec<FieldError> {
        Vec::new()
    }

    /// What else the person needs to know, when the code's own sentence is not enough.
    fn detail(&self, _language: Language) -> Option<String> {
        None
    }

    /// How long the caller should wait before trying again, when that is known.
    fn retry_after(&self) -> Option<std::time::Duration> {
        None
    }

    /// The gates still shut, when a case cannot move.
    fn unmet(&self) -> Vec<crate::cases::UnmetGate> {
        Vec::new()
    }

    /// The triggers that would be legal now, when the one asked for is not.
    fn legal(&self) -> Vec<crate::cases::Trigger> {
        Vec::new()
    }

    /// The decision to record when the refusal is a denial of access.
    fn denial(&self) -> Option<&crate::policy::Denied> {
        None
    }

    /// All decisions to record, where one request asks for several.
    fn denials(&self) -> Vec<&crate::policy::Denied> {
        self.denial().into_iter().collect()
    }
}

/// The input is wrong in the places listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the input is wrong in {} place(s)", .0.len())]
pub struct Invalid(pub Vec<FieldError>);

impl Invalid {
    /// A refusal for one place.
    #[must_use]
    pub fn at(pointer: &str, code: FieldCode) -> Self {
        Self(vec![FieldError { pointer: pointer.to_owned(), code }])
    }

    /// The same places, seen from above: the input lay at `place` of a larger one.
    #[must_use]
    pub fn below(self, place: &str) -> Self {
        let below = |field: FieldError| FieldError { pointer: format!("{place}{}", field.pointer), ..field };
        Self(self.0.into_iter().map(below).collect())
    }
}

impl Refusal for Invalid {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidInput
    }

    fn fields(&self) -> Vec<FieldError> {
        self.0.clone()
    }
}

/// Collects all wrong places of one input, so that a caller mends them in one go.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Starts with no wrong place.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the value, or notes why it is refused.
    pub fn take<T>(&mut self, pointer: &str, value: FieldResult<T>) -> Option<T> {
        value.map_err(|code| self.refuse(pointer, code)).ok()
    }

    /// As [`Fields::take`] for a value that may be absent.
    pub fn take_optional<T>(&mut self, pointer: &str, value: Option<FieldResult<T>>) -> Option<T> {
        value.and_then(|value| self.take(pointer, value))
    }

    /// As [`Fields::take`] for a list: each element has its own place.
    pub fn take_all<T>(&mut self, pointer: &str, values: impl IntoIterator<Item = FieldResult<T>>) -> Vec<T> {
        let mut kept = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            kept.extend(self.take(&format!("{pointer}/{index}"), value));
        }
        kept
    }

    /// Notes a wrong place.
    pub fn refuse(&mut self, pointer: &str, code: FieldCode) {
        self.0.push(FieldError { pointer: pointer.to_owned(), code });
    }

    /// Notes a wrong place unless the rule holds.
    pub fn require(&mut self, pointer: &str, holds: bool, code: FieldCode) {
        if !holds {
            self.refuse(pointer, code);
        }
    }

    /// Builds the value when every place was right.
    ///
    /// # Errors
    /// [`Invalid`] with every wrong place, also when `build` found a required value missing.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Invalid> {
        if !self.0.is_empty() {
            return Err(Invalid(self.0));
        }
        build().ok_or_else(|| Invalid::at("", FieldCode::Required))
    }
}

/// An operation that the thing's present state does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {machine} that is {state} does not take `{operation}`")]
pub struct WrongState {
    /// Which small machine: `referral`, `interpreter_booking` …
    pub machine: &'static str,
    /// The code of the state met.
    pub state: &'static str,
    /// What was asked for.
    pub operation: &'static str,
}

impl WrongState {
    /// The refusal of `operation` by a machine in `state`.
    pub fn new<S: Coded>(state: S, operation: &'static str) -> Self {
        Self { machine: S::NAME, state: state.code(), operation }
    }
}

impl Refusal for WrongState {
    fn code(&self) -> ProblemCode {
        ProblemCode::WrongState
    }

    fn detail(&self, language: Language) -> Option<String> {
        let Self { machine, state, operation } = self;
        Some(match language {
            Language::English => format!("A `{machine}` that is `{state}` does not take `{operation}`."),
            Language::Arabic => format!("وضع `{machine}` هو `{state}` ولا يقبل `{operation}`."),
            Language::Turkish => format!("`{state}` durumundaki `{machine}` için `{operation}` yapılamaz."),
        })
    }
}

/// A change that the present state does not take, or whose input does not fit what is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefused {
    /// The present state does not take it.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// The input does not fit.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Refusal for ChangeRefused {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongState(refusal) => refusal.code(),
            Self::Invalid(refusal) => refusal.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::WrongState(refusal) => refusal.fields(),
            Self::Invalid(refusal) => refusal.fields(),
        }
    }

    fn detail(&self, language: Language) -> Option<String> {
        match self {
            Self::WrongState(refusal) => refusal.detail(language),
            Self::Invalid(refusal) => refusal.detail(language),
        }
    }
}

/// There is no such thing, or the caller may not know of it; both read the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not found")]
pub struct NotFound;

impl Refusal for NotFound {
    fn code(&self) -> ProblemCode {
        ProblemCode::NotFound
    }
}

impl ProblemCode {
    /// What kind of refusal the code stands for.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::MalformedJson | Self::BadPath | Self::BadQuery | Self::BadHeader | Self::IdempotencyKeyRequired => {
                Reason::Malformed
            }
            // What OAuth refuses besides the client itself answers 400 (RFC 6749 §5.2).
            Self::InvalidRequest | Self::InvalidScope | Self::UnsupportedGrantType => Reason::Malformed,
            Self::UnsupportedMediaType => Reason::WrongFormat,
            Self::PayloadTooLarge => Reason::TooLarge,
            Self::MethodNotAllowed => Reason::WrongMethod,
            Self::InvalidInput | Self::IdempotencyKeyReused => Reason::Invalid,
            Self::NotFound => Reason::NotFound,
            Self::Forbidden
            | Self::NotTheSecondPerson
            | Self::InsufficientScope
            | Self::SecondFactorRequired
            | Self::InvalidSecondFactor
            | Self::OwnRoles
            | Self::RoleNotHeld
            | Self::OwnAccess => Reason::Forbidden,
            Self::Unauthenticated
            | Self::InvalidCredentials
            | Self::InvalidRefreshToken
            | Self::InvalidLink
            | Self::InvalidClient => Reason::Unauthenticated,
            Self::IllegalTransition
            | Self::GatesUnmet
            | Self::WrongState
            | Self::WrongSide
            | Self::WrongPatient
            | Self::InterpreterOverlaps
            | Self::AlreadyExists
            | Self::DuplicateSuspected
            | Self::ReferralAlreadyOpen
            | Self::InterpreterUnsuitable
            | Self::OverrideRefused
            | Self::RequestInFlight
            | Self::TooManyCredentials
            | Self::SecretNotAllowed
            | Self::LastSecondFactor
            | Self::NeedsSecondPerson
            | Self::LastAdministrator
            | Self::CasesNeedSuccessor
            | Self::AccessHeld
            | Self::TooManyEmergencies
            | Self::RequestLapsed
            | Self::MergeRefused
            | Self::ErasureRefused
            | Self::TooManyRows
            | Self::CaseIsFinal => Reason::Conflict,
            Self::StaleVersion => Reason::Stale,
            Self::VersionRequired => Reason::Unconditional,
            Self::TooManyAttempts => Reason::TooMany,
            Self::Unavailable | Self::RequestTimeout => Reason::Unavailable,
            Self::Internal => Reason::Internal,
        }
    }
}

coded! {
    /// The stable codes of refusals. A code is never reused for another meaning.
    pub enum ProblemCode: "problem_code" {
        InvalidInput = "invalid_input" => "Some of the input is not valid", "بعض البيانات المدخلة غير صالحة", "Girilen bilgilerin bir kısmı geçerli değil";
        NotFound = "not_found" => "There is no such resource", "لا يوجد مورد كهذا", "Böyle bir kaynak yok";
        Forbidden = "forbidden" => "Your role does not allow this", "دورك لا يسمح بهذا الإجراء", "Rolünüz buna izin vermiyor";
        Unauthenticated = "unauthenticated" => "Please sign in", "يرجى تسجيل الدخول", "Lütfen oturum açın";
        InvalidCredentials = "invalid_credentials" => "The login or the password is wrong", "اسم الدخول أو كلمة المرور غير صحيحة", "Kullanıcı adı veya parola yanlış";
        InvalidRefreshToken = "invalid_refresh_token" => "The session has ended; please sign in again", "انتهت الجلسة، يرجى تسجيل الدخول مجددًا", "Oturum sona erdi; lütfen yeniden oturum açın";
        InvalidLink = "invalid_link" => "The link is not good any more; ask for a new one", "الرابط لم يعد صالحًا، يرجى طلب رابط جديد", "Bağlantı artık geçerli değil; lütfen yenisini isteyin";
        SecondFactorRequired = "second_factor_required" => "Please confirm your sign-in with a second factor", "يرجى تأكيد تسجيل الدخول بعامل تحقق ثانٍ", "Lütfen oturumunuzu ikinci bir doğrulamayla onaylayın";
        InvalidSecondFactor = "invalid_second_factor" => "The second factor is wrong, was used before, or has expired", "عامل التحقق الثاني غير صحيح أو سبق استخدامه أو انتهت صلاحيته", "İkinci doğrulama yanlış, daha önce kullanılmış ya da süresi dolmuş";
        LastSecondFactor = "last_second_factor" => "A second factor is required here, and this is the last one; set up another first", "عامل التحقق الثاني إلزامي هنا وهذا آخر عامل لديك، يرجى إعداد غيره أولًا", "Burada ikinci doğrulama zorunludur ve bu sonuncusudur; önce başka birini kurun";
        OwnRoles = "own_roles" => "Nobody changes their own roles", "لا يغيّر أحد أدواره بنفسه", "Kimse kendi rollerini değiştiremez";
        RoleNotHeld = "role_not_held" => "You may give only roles that were given to you to pass on", "لا يمكنك منح سوى الأدوار الممنوحة لك لتمنحها لغيرك", "Yalnızca başkalarına vermeniz için size verilmiş rolleri verebilirsiniz";
        NeedsSecondPerson = "needs_second_person" => "This needs the consent of a second person; ask for it as an approval", "يتطلب هذا موافقة شخص ثانٍ، يرجى تقديم طلب موافقة", "Bunun için ikinci bir kişinin onayı gerekir; onay talebi oluşturun";
        NotTheSecondPerson = "not_the_second_person" => "Someone else than you has to decide this", "يجب أن يبتّ في هذا شخص غيرك", "Buna sizden başka biri karar vermelidir";
        LastAdministrator = "last_administrator" => "Somebody must be left to administer the product", "يجب أن يبقى من يدير النظام", "Sistemi yönetecek biri kalmalıdır";
        OwnAccess = "own_access" => "Nobody reviews their own access", "لا يراجع أحد صلاحياته بنفسه", "Kimse kendi erişimini gözden geçiremez";
        CasesNeedSuccessor = "cases_need_successor" => "This person still has open cases; name who takes them over", "لا تزال لدى هذا الشخص حالات مفتوحة، يرجى تحديد من يتولاها", "Bu kişinin hâlâ açık vakaları var; onları kimin devralacağını belirtin";
        AccessHeld = "access_held" => "The case is open to you already", "الحالة متاحة لك بالفعل", "Vaka size zaten açık";
        TooManyEmergencies = "too_many_emergencies" => "You have too many cases open in an emergency; close one first", "لديك حالات مفتوحة طارئًا أكثر من المسموح، يرجى إغلاق إحداها أولًا", "Acil olarak açtığınız vaka sayısı çok fazla; önce birini kapatın";
        InvalidClient = "invalid_client" => "The client is not known, or did not prove who it is", "النظام المتصل غير معروف أو لم يثبت هويته", "İstemci tanınmıyor ya da kimliğini kanıtlamadı";
        InvalidRequest = "invalid_request" => "The request for a token is not of the expected form", "طلب الرمز ليس بالصيغة المتوقعة", "Belirteç isteği beklenen biçimde değil";
        InvalidScope = "invalid_scope" => "A scope was asked for that the client does not have", "طُلب نطاق صلاحية لا يملكه النظام المتصل", "İstemcinin sahip olmadığı bir kapsam istendi";
        UnsupportedGrantType = "unsupported_grant_type" => "Tokens are given for client_credentials only", "لا تُمنح الرموز إلا بطريقة client_credentials", "Belirteç yalnızca client_credentials için verilir";
        InsufficientScope = "insufficient_scope" => "The token's scope does not allow this", "نطاق صلاحية الرمز لا يسمح بهذا الإجراء", "Belirtecin kapsamı buna izin vermiyor";
        TooManyCredentials = "too_many_credentials" => "The client already has two active credentials; revoke one first", "لدى النظام المتصل وسيلتا إثبات ساريتان، يرجى إلغاء إحداهما أولًا", "İstemcinin zaten iki geçerli kimlik bilgisi var; önce birini iptal edin";
        SecretNotAllowed = "secret_not_allowed" => "This client may not use a secret", "لا يُسمح لهذا النظام باستخدام سر", "Bu istemcinin gizli anahtar kullanmasına izin verilmiyor";
        IllegalTransition = "illegal_transition" => "The case cannot take this step from its present stage", "لا يمكن للحالة اتخاذ هذه الخطوة من مرحلتها الحالية", "Vaka bulunduğu aşamadan bu adımı atamaz";
        GatesUnmet = "gates_unmet" => "Something required for this step is still missing", "لا تزال هناك متطلبات ناقصة لهذه الخطوة", "Bu adım için gereken koşullar henüz tamamlanmadı";
        WrongState = "wrong_state" => "The present state does not allow this", "الوضع الحالي لا يسمح بذلك", "Şu anki durum buna izin vermiyor";
        WrongSide = "wrong_side" => "The reported side is not the side of the case", "الجهة المُبلَّغ عنها ليست جهة الحالة", "Bildirilen taraf vakanın tarafı değil";
        WrongPatient = "wrong_patient" => "The report is about another patient", "التقرير يخص مريضًا آخر", "Bildirim başka bir hastaya ait";
        InterpreterOverlaps = "interpreter_overlaps" => "The interpreter already has an accepted booking at this time", "لدى المترجم حجز مقبول في هذا الوقت", "Tercümanın bu saatte kabul edilmiş başka bir görevi var";
        AlreadyExists = "already_exists" => "This already exists", "هذا موجود بالفعل", "Bu zaten mevcut";
        DuplicateSuspected = "duplicate_suspected" => "A patient like this may already be registered; decide whether it is the same person", "قد يكون مريض مشابه مسجلًا بالفعل، يرجى تحديد ما إذا كان الشخص نفسه", "Benzer bir hasta zaten kayıtlı olabilir; aynı kişi olup olmadığına karar verin";
        ReferralAlreadyOpen = "referral_already_open" => "The case already has an open referral to this hospital", "توجد إحالة مفتوحة لهذه الحالة إلى هذا المستشفى", "Vakanın bu hastaneye açık bir sevki zaten var";
        InterpreterUnsuitable = "interpreter_unsuitable" => "The interpreter does not meet the needs of this booking", "المترجم لا يستوفي متطلبات هذا الحجز", "Tercüman bu görevin gereklerini karşılamıyor";
        OverrideRefused = "override_refused" => "These gates cannot be overridden, or not by you", "لا يمكن تجاوز هذه الشروط أو ليس من صلاحيتك", "Bu koşullar aşılamaz ya da bunu siz yapamazsınız";
        RequestInFlight = "request_in_flight" => "The same request is still being worked on", "الطلب نفسه لا يزال قيد التنفيذ", "Aynı istek hâlâ işleniyor";
        IdempotencyKeyReused = "idempotency_key_reused" => "The idempotency key was used for another request", "استُخدم مفتاح عدم التكرار لطلب آخر", "Yineleme anahtarı başka bir istek için kullanılmış";
        RequestLapsed = "request_lapsed" => "Whoever asked for this may not ask for it any more", "لم يعد من قدّم هذا الطلب مخوّلًا بتقديمه", "Bunu talep eden kişinin artık talep yetkisi yok";
        MergeRefused = "merge_refused" => "The two records cannot be merged", "لا يمكن دمج السجلين", "İki kayıt birleştirilemez";
        ErasureRefused = "erasure_refused" => "The patient cannot be erased now", "لا يمكن محو بيانات المريض الآن", "Hasta verisi şu anda silinemez";
        TooManyRows = "too_many_rows" => "There are more rows than an export may hold; narrow it down", "عدد الصفوف أكبر مما يسمح به التصدير، يرجى تضييق النطاق", "Satır sayısı dışa aktarma sınırını aşıyor; kapsamı daraltın";
        CaseIsFinal = "case_is_final" => "The case is closed to changes", "الحالة مغلقة أمام التعديلات", "Vaka değişikliğe kapalı";
        StaleVersion = "stale_version" => "Someone changed this in the meantime; read it again", "عدّل شخص آخر هذا السجل، يرجى قراءته مجددًا", "Bu kayıt bu arada değişti; yeniden okuyun";
        VersionRequired = "version_required" => "The change must name the version it is based on (If-Match)", "يجب أن يذكر التعديل النسخة التي بُني عليها (If-Match)", "Değişiklik dayandığı sürümü belirtmelidir (If-Match)";
        TooManyAttempts = "too_many_attempts" => "Too many attempts; try again later", "محاولات كثيرة، حاول لاحقًا", "Çok fazla deneme; daha sonra yeniden deneyin";
        Unavailable = "unavailable" => "The service cannot answer now; try again shortly", "الخدمة غير متاحة الآن، حاول بعد قليل", "Hizmet şu an yanıt veremiyor; birazdan yeniden deneyin";
        MalformedJson = "malformed_json" => "The body is not well-formed JSON", "محتوى الطلب ليس JSON سليمًا", "İstek gövdesi geçerli bir JSON değil";
        BadPath = "bad_path" => "The address is not well-formed", "عنوان الطلب غير سليم الصياغة", "Adresin biçimi hatalı";
        BadQuery = "bad_query" => "Some of the query parameters are not valid", "بعض معاملات الاستعلام غير صالحة", "Sorgu parametrelerinin bir kısmı geçerli değil";
        BadHeader = "bad_header" => "A header of the request does not have the expected form", "إحدى ترويسات الطلب ليست بالصيغة المتوقعة", "Bir istek başlığı beklenen biçimde değil";
        UnsupportedMediaType = "unsupported_media_type" => "The format of the body is not accepted here", "صيغة محتوى الطلب غير مقبولة هنا", "İstek gövdesinin biçimi burada kabul edilmiyor";
        PayloadTooLarge = "payload_too_large" => "The body is larger than is accepted here", "حجم محتوى الطلب أكبر من المسموح به هنا", "İstek gövdesi izin verilenden büyük";
        MethodNotAllowed = "method_not_allowed" => "This address does not know the method", "هذا العنوان لا يقبل طريقة الطلب هذه", "Bu adres bu yöntemi desteklemiyor";
        IdempotencyKeyRequired = "idempotency_key_required" => "The request must carry an Idempotency-Key", "يجب أن يحمل الطلب مفتاح عدم التكرار (Idempotency-Key)", "İstek bir yineleme anahtarı (Idempotency-Key) taşımalıdır";
        RequestTimeout = "request_timeout" => "The request took too long; try again shortly", "استغرق الطلب وقتًا أطول من المسموح، حاول بعد قليل", "İstek çok uzun sürdü; birazdan yeniden deneyin";
        Internal = "internal" => "Something went wrong on our side", "حدث خطأ من جانبنا", "Bizim tarafımızda bir hata oluştu";
    }

    /// What can be wrong with one field.
    pub enum FieldCode: "field_code" {
        Required = "required" => "is required", "مطلوب", "zorunludur";
        Unknown = "unknown_field" => "is not a known field", "حقل غير معروف", "bilinen bir alan değil";
        WrongType = "wrong_type" => "has the wrong type", "نوع القيمة غير صحيح", "yanlış türde";
        Duplicate = "duplicate" => "is given more than once", "مكرر", "birden fazla kez verilmiş";
        UnknownCode = "unknown_code" => "is not one of the known codes", "ليس من الرموز المعروفة", "bilinen kodlardan biri değil";
        Empty = "empty" => "must not be empty", "يجب ألا يكون فارغًا", "boş olamaz";
        TooShort = "too_short" => "is too short", "قصير جدًا", "çok kısa";
        TooLong = "too_long" => "is too long", "طويل جدًا", "çok uzun";
        TooMany = "too_many" => "has too many entries", "عدد العناصر كبير جدًا", "çok fazla öğe içeriyor";
        ForbiddenCharacter = "forbidden_character" => "contains a control or direction character that is not allowed", "يحتوي على رمز تحكم أو اتجاه غير مسموح", "izin verilmeyen bir denetim veya yön karakteri içeriyor";
        WrongScript = "wrong_script" => "must be written in the expected script", "يجب كتابته بالأبجدية المطلوبة", "beklenen alfabeyle yazılmalıdır";
        Malformed = "malformed" => "does not have the expected form", "الصيغة غير صحيحة", "beklenen biçimde değil";
        OutOfRange = "out_of_range" => "is outside the allowed range", "خارج النطاق المسموح", "izin verilen aralığın dışında";
        InTheFuture = "in_the_future" => "must not be in the future", "يجب ألا يكون في المستقبل", "gelecekte olamaz";
        InThePast = "in_the_past" => "must not be in the past", "يجب ألا يكون في الماضي", "geçmişte olamaz";
        OutOfOrder = "out_of_order" => "comes before something it must follow", "يسبق ما يجب أن يليه", "ardından gelmesi gereken şeyden önce";
        MixedDigits = "mixed_digits" => "mixes digits of several scripts", "يخلط أرقامًا من كتابات مختلفة", "farklı yazı sistemlerinin rakamlarını karıştırıyor";
        Contradicts = "contradicts" => "contradicts another field", "يتعارض مع حقل آخر", "başka bir alanla çelişiyor";
        NotKnownHere = "not_known_here" => "does not name a known record", "لا يشير إلى سجل معروف", "bilinen bir kayda işaret etmiyor";
        TooCommon = "too_common" => "is one of the passwords that many people use", "من كلمات المرور الشائعة الاستخدام", "çok kişinin kullandığı parolalardan biri";
        ContainsOwnName = "contains_own_name" => "is made of your name, your login or the name of the product", "مكوَّن من اسمك أو اسم الدخول أو اسم النظام", "adınızdan, kullanıcı adınızdan veya ürünün adından oluşuyor";
        Incorrect = "incorrect" => "is not correct", "غير صحيح", "doğru değil";
        TooWeak = "too_weak" => "is too easy to guess", "سهل التخمين", "tahmin edilmesi çok kolay";
    }
}
