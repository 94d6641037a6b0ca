//! The texts. Names in braces are filled in; in Arabic each stands on a line of its own, so that no
//! Latin word breaks the direction of a sentence.

use super::MailKind;
use crate::vocabulary::Language;

/// Subject and body of a mail.
pub(super) const fn of(kind: MailKind, language: Language) -> (&'static str, &'static str) {
    match kind {
        MailKind::Invitation => invitation(language),
        MailKind::PasswordReset => password_reset(language),
        MailKind::PasswordChanged => password_changed(language),
        MailKind::SignInMethodChanged => sign_in_method_changed(language),
        MailKind::RecoveryCodeUsed => recovery_code_used(language),
        MailKind::RecoveryCodesRenewed => recovery_codes_renewed(language),
        MailKind::BreakGlassAlert => break_glass_alert(language),
        MailKind::StandInNamed => stand_in_named(language),
        MailKind::CredentialExpiring => credential_expiring(language),
    }
}

const fn invitation(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Rafiq: choose your password",
            "Hello,\n\n\
             an account in Rafiq was opened for you. You sign in as:\n\n{to}\n\n\
             Please choose your password. The link below works once, until {at}:\n\n{link}\n\n\
             Nobody else knows or can choose your password. If you did not expect this mail, please tell your \
             administrator and do not open the link.",
        ),
        Language::Arabic => (
            "رفيق: اختر كلمة المرور",
            "مرحبًا،\n\n\
             فُتح لك حساب في رفيق. اسم الدخول:\n\n{to}\n\n\
             يرجى اختيار كلمة المرور. يعمل الرابط أدناه مرة واحدة، حتى:\n\n{at}\n\n{link}\n\n\
             لا أحد غيرك يعرف كلمة مرورك أو يختارها. إذا لم تكن تنتظر هذه الرسالة، فأبلغ مدير النظام ولا تفتح الرابط.",
        ),
        Language::Turkish => (
            "Rafiq: parolanızı belirleyin",
            "Merhaba,\n\n\
             Rafiq'te sizin için bir hesap açıldı. Kullanıcı adınız:\n\n{to}\n\n\
             Lütfen parolanızı belirleyin. Aşağıdaki bağlantı bir kez kullanılabilir, son geçerlilik: {at}\n\n{link}\n\n\
             Parolanızı sizden başka kimse bilmez ve belirleyemez. Bu iletiyi beklemiyorsanız sistem yöneticinize haber \
             verin ve bağlantıyı açmayın.",
        ),
    }
}

const fn password_reset(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Rafiq: choose a new password",
            "Hello,\n\n\
             someone asked for a new password for this login:\n\n{to}\n\n\
             If it was you, choose one with this link. It works once, until {at}:\n\n{link}\n\n\
             If it was not you, ignore this mail: your password stays as it is.",
        ),
        Language::Arabic => (
            "رفيق: اختر كلمة مرور جديدة",
            "مرحبًا،\n\n\
             طلب أحدهم كلمة مرور جديدة لاسم الدخول:\n\n{to}\n\n\
             إذا كنت أنت من طلبها، فاخترها عبر هذا الرابط. يعمل مرة واحدة، حتى:\n\n{at}\n\n{link}\n\n\
             إذا لم تطلبها، فتجاهل هذه الرسالة، وتبقى كلمة مرورك كما هي.",
        ),
        Language::Turkish => (
            "Rafiq: yeni parola belirleyin",
            "Merhaba,\n\n\
             Şu kullanıcı adı için yeni parola istendi:\n\n{to}\n\n\
             İsteyen sizseniz bu bağlantıyla belirleyin. Bir kez kullanılabilir, son geçerlilik: {at}\n\n{link}\n\n\
             İsteyen siz değilseniz bu iletiyi dikkate almayın; parolanız olduğu gibi kalır.",
        ),
    }
}

const fn password_changed(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Rafiq: your password was changed",
            "Hello,\n\n\
             the password of this login was changed:\n\n{to}\n\n\
             When: {at}. Other sessions were ended.\n\n\
             If it was not you, ask for a new password at once and tell your administrator.",
        ),
        Language::Arabic => (
            "رفيق: تغيّرت كلمة مرورك",
            "مرحبًا،\n\n\
             تغيّرت كلمة المرور لاسم الدخول:\n\n{to}\n\n\
             وقت التغيير:\n\n{at}\n\n\
             وأُنهيت الجلسات الأخرى. إذا لم تكن أنت من غيّرها، فاطلب كلمة مرور جديدة فورًا وأبلغ مدير النظام.",
        ),
        Language::Turkish => (
            "Rafiq: parolanız değiştirildi",
            "Merhaba,\n\n\
             Şu kullanıcı adının parolası değiştirildi:\n\n{to}\n\n\
             Zaman: {at}. Diğer oturumlar sonlandırıldı.\n\n\
             Değiştiren siz değilseniz hemen yeni parola isteyin ve sistem yöneticinize haber verin.",
        ),
    }
}

const fn sign_in_method_changed(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Rafiq: your ways of signing in were changed",
            "Hello,\n\n\
             a second factor or a passkey was added or removed for this login:\n\n{to}\n\n\
             When: {at}.\n\n\
             If it was not you, tell your administrator at once.",
        ),
        Language::Arabic => (
            "رفيق: تغيّرت طرق تسجيل دخولك",
            "مرحبًا،\n\n\
             أُضيف عامل تحقق ثانٍ أو مفتاح مرور، أو أُزيل، لاسم الدخول:\n\n{to}\n\n\
             وقت التغيير:\n\n{at}\n\n\
             إذا لم تكن أنت من فعل ذلك، فأبلغ مدير النظام فورًا.",
        ),
        Language::Turkish => (
            "Rafiq: oturum açma yöntemleriniz değişti",
            "Merhaba,\n\n\
             Şu kullanıcı adı için ikinci doğrulama adımı veya geçiş anahtarı eklendi ya da kaldırıldı:\n\n{to}\n\n\
             Zaman: {at}.\n\n\
             Değiştiren siz değilseniz hemen sistem yöneticinize haber verin.",
        ),
    }
}

const fn recovery_code_used(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Rafiq: a recovery code was used",
            "Hello,\n\n\
             a recovery code was used in place of the second factor for this login:\n\n{to}\n\n\
             When: {at}. Each code is good once.\n\n\
             If it was not you, choose a new password at once and tell your administrator.",
        ),
        Language::Arabic => (
            "رفيق: استُخدم رمز استرداد",
            "مرحبًا،\n\n\
             استُخدم رمز استرداد بدلًا من عامل التحقق الثاني لاسم الدخول:\n\n{to}\n\n\
             وقت الاستخدام:\n\n{at}\n\n\
             كل رمز صالح لمرة واحدة. إذا لم تكن أنت من استخدمه، فاختر كلمة مرور جديدة فورًا وأبلغ مدير النظام.",
        ),
        Language::Turkish => (
            "Rafiq: bir kurtarma kodu kullanıldı",
            "Merhaba,\n\n\
             Şu kullanıcı adı için ikinci doğrulamanın yerine bir kurtarma kodu kullanıldı:\n\n{to}\n\n\
             Zaman: {at}. Her kod bir kez geçerlidir.\n\n\
             Kullanan siz değilseniz hemen yeni parola belirleyin ve sistem yöneticinize haber verin.",
        ),
    }
}

const fn recovery_codes_renewed(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Rafiq: new recovery codes were made",
            "Hello,\n\n\
             new recovery codes were made for this login, and the old ones are void:\n\n{to}\n\n\
             When: {at}.\n\n\
             If it was not you, choose a new password at once and tell your administrator.",
        ),
        Language::Arabic => (
            "رفيق: أُنشئت رموز استرداد جديدة",
            "مرحبًا،\n\n\
             أُنشئت رموز استرداد جديدة وأُلغيت الرموز السابقة لاسم الدخول:\n\n{to}\n\n\
             وقت الإنشاء:\n\n{at}\n\n\
             إذا لم تكن أنت من أنشأها، فاختر كلمة مرور جديدة فورًا وأبلغ مدير النظام.",
        ),
        Language::Turkish => (
            "Rafiq: yeni kurtarma kodları oluşturuldu",
            "Merhaba,\n\n\
             Şu kullanıcı adı için yeni kurtarma kodları oluşturuldu, eskileri artık geçersiz:\n\n{to}\n\n\
             Zaman: {at}.\n\n\
             Oluşturan siz değilseniz hemen yeni parola belirleyin ve sistem yöneticinize haber verin.",
        ),
    }
}

const fn break_glass_alert(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Rafiq: emergency access to a case",
            "Hello,\n\n\
             someone opened a case in an emergency, without being on its team.\n\n\
             Case: {case}\nOpened by: {about}\nWhen: {at}\n\n\
             Rafiq shows the reason that was given and what was read. A lead who did not open it reviews it.",
        ),
        Language::Arabic => (
            "رفيق: وصول طارئ إلى حالة",
            "مرحبًا،\n\n\
             فتح أحدهم حالة في ظرف طارئ دون أن يكون من فريقها.\n\n\
             الحالة:\n{case}\n\nفتحها:\n{about}\n\nالوقت:\n{at}\n\n\
             يعرض رفيق السبب المذكور وما جرت قراءته، ويراجعه كبير منسقين لم يفتحها بنفسه.",
        ),
        Language::Turkish => (
            "Rafiq: bir vakaya acil erişim",
            "Merhaba,\n\n\
             Ekibinde olmayan biri acil durumda bir vakayı açtı.\n\n\
             Vaka: {case}\nAçan: {about}\nZaman: {at}\n\n\
             Belirtilen gerekçe ve okunanlar Rafiq'te görülür; vakayı açmamış bir baş koordinatör bunu inceler.",
        ),
    }
}

const fn stand_in_named(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Rafiq: someone stands in for you",
            "Hello,\n\n\
             someone was named to stand in for you, and works on your cases in your place for a time.\n\n\
             Stand-in: {about}\nFrom: {at}\n\n\
             Rafiq shows who arranged it, why and until when. If it should not be, end it there.",
        ),
        Language::Arabic => (
            "رفيق: من ينوب عنك",
            "مرحبًا،\n\n\
             سُمّي من ينوب عنك ويعمل على حالاتك مكانك لمدة محددة.\n\n\
             النائب:\n{about}\n\nابتداءً من:\n{at}\n\n\
             يعرض رفيق من رتّب ذلك ولماذا وإلى متى. إذا لم يكن ذلك في محله، فأنهه هناك.",
        ),
        Language::Turkish => (
            "Rafiq: yerinize vekil belirlendi",
            "Merhaba,\n\n\
             Bir süreliğine yerinize bakacak ve vakalarınızda sizin adınıza çalışacak bir vekil belirlendi.\n\n\
             Vekil: {about}\nBaşlangıç: {at}\n\n\
             Bunu kimin, neden ve ne zamana kadar düzenlediği Rafiq'te görülür. Olmaması gerekiyorsa oradan sonlandırın.",
        ),
    }
}

const fn credential_expiring(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Rafiq: a client's credential expires soon",
            "Hello,\n\n\
             a credential with which a hospital's system signs in expires soon.\n\n\
             Client: {about}\nExpires: {at}\n\n\
             Please register its successor in time; both are good side by side until then.",
        ),
        Language::Arabic => (
            "رفيق: تنتهي صلاحية بيانات اعتماد قريبًا",
            "مرحبًا،\n\n\
             تنتهي قريبًا صلاحية بيانات الاعتماد التي يدخل بها نظام أحد المستشفيات.\n\n\
             النظام:\n{about}\n\nتنتهي في:\n{at}\n\n\
             يرجى تسجيل البيانات البديلة في الوقت المناسب، فكلتاهما صالحة جنبًا إلى جنب حتى ذلك الحين.",
        ),
        Language::Turkish => (
            "Rafiq: bir kimlik bilgisinin süresi doluyor",
            "Merhaba,\n\n\
             Bir hastane sisteminin oturum açtığı kimlik bilgisinin süresi yakında doluyor.\n\n\
             İstemci: {about}\nSon geçerlilik: {at}\n\n\
             Lütfen yenisini zamanında kaydedin; o zamana kadar ikisi de yan yana geçerlidir.",
        ),
    }
}
