//! What the product writes to people by mail: what it says, in their language, and to whom.
//!
//! A mail names no patient and says nothing of anyone's health: mailboxes are open to many eyes. It
//! tells that there is something to look at, and where.

mod texts;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{CaseId, UserId};
use crate::links::LinkPurpose;
use crate::sensitive::Sensitive;
use crate::text::Login;
use crate::vocabulary::{Language, coded};

coded! {
    /// What a mail is about.
    pub enum MailKind: "mail_kind" {
        Invitation = "invitation" => "Invitation to choose a password", "دعوة إلى اختيار كلمة مرور", "Parola belirleme daveti";
        PasswordReset = "password_reset" => "Link to choose a new password", "رابط لاختيار كلمة مرور جديدة", "Yeni parola belirleme bağlantısı";
        PasswordChanged = "password_changed" => "The password was changed", "تغيّرت كلمة المرور", "Parola değiştirildi";
        SignInMethodChanged = "sign_in_method_changed" => "A way of signing in was added or removed", "أُضيفت طريقة لتسجيل الدخول أو أُزيلت", "Bir oturum açma yöntemi eklendi veya kaldırıldı";
        RecoveryCodeUsed = "recovery_code_used" => "A recovery code was used", "استُخدم رمز استرداد", "Bir kurtarma kodu kullanıldı";
        RecoveryCodesRenewed = "recovery_codes_renewed" => "New recovery codes were made", "أُنشئت رموز استرداد جديدة", "Yeni kurtarma kodları oluşturuldu";
        BreakGlassAlert = "break_glass_alert" => "A case was opened in an emergency", "فُتحت حالة في ظرف طارئ", "Bir vaka acil durumda açıldı";
        StandInNamed = "stand_in_named" => "Someone was named to stand in for another", "سُمّي من ينوب عن غيره", "Birinin yerine vekil belirlendi";
        CredentialExpiring = "credential_expiring" => "A credential expires soon", "تنتهي صلاحية بيانات اعتماد قريبًا", "Bir kimlik bilgisinin süresi yakında doluyor";
    }

    /// What kind of recipient a mail has.
    pub enum RecipientKind: "mail_recipient" {
        User = "user" => "A user", "مستخدم", "Kullanıcı";
        DataProtectionOfficer = "data_protection_officer" => "The data protection officer", "مسؤول حماية البيانات", "Veri koruma görevlisi";
        Nobody = "nobody" => "Nobody: who asked named no one", "لا أحد: لم يُسمِّ السائل أحدًا", "Hiç kimse: soran kimseyi adlandırmadı";
    }
}

impl MailKind {
    /// The one-time link that the mail carries.
    #[must_use]
    pub const fn link(self) -> Option<LinkPurpose> {
        match self {
            Self::Invitation => Some(LinkPurpose::Invitation),
            Self::PasswordReset => Some(LinkPurpose::PasswordReset),
            Self::PasswordChanged
            | Self::SignInMethodChanged
            | Self::RecoveryCodeUsed
            | Self::RecoveryCodesRenewed
            | Self::BreakGlassAlert
            | Self::StandInNamed
            | Self::CredentialExpiring => None,
        }
    }
}

/// To whom a mail goes; the address is looked up when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// A user, in their own language.
    User(UserId),
    /// Whoever the operator named for alerts.
    DataProtectionOfficer,
    /// Nobody: a request that named no one leaves the same row as one that did.
    Nobody,
}

impl Recipient {
    /// What kind of recipient.
    #[must_use]
    pub const fn kind(self) -> RecipientKind {
        match self {
            Self::User(_) => RecipientKind::User,
            Self::DataProtectionOfficer => RecipientKind::DataProtectionOfficer,
            Self::Nobody => RecipientKind::Nobody,
        }
    }

    /// The user, if it is one.
    #[must_use]
    pub const fn user_id(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::DataProtectionOfficer | Self::Nobody => None,
        }
    }
}

/// A mail to be written: ids only, so that what waits to be sent tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: MailKind,
    /// To whom it goes.
    pub to: Recipient,
    /// The case that it speaks of.
    pub case_id: Option<CaseId>,
    /// The user or client that it speaks of.
    pub about: Option<UserId>,
    /// The instant that it speaks of.
    pub at: Option<DateTime<Utc>>,
}

impl Notice {
    /// A mail about nothing in particular yet.
    #[must_use]
    pub const fn new(kind: MailKind, to: Recipient) -> Self {
        Self { kind, to, case_id: None, about: None, at: None }
    }

    /// Speaks of a case, by its number.
    #[must_use]
    pub const fn in_case(self, case_id: CaseId) -> Self {
        Self { case_id: Some(case_id), ..self }
    }

    /// Speaks of a user or a client, by their login.
    #[must_use]
    pub const fn by(self, about: UserId) -> Self {
        Self { about: Some(about), ..self }
    }

    /// Speaks of an instant.
    #[must_use]
    pub const fn at(self, at: DateTime<Utc>) -> Self {
        Self { at: Some(at), ..self }
    }
}

/// What is known of a mail's subject when it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The login of the recipient.
    pub to: Option<Login>,
    /// The login of whom the mail speaks of.
    pub about: Option<Login>,
    /// The number of the case.
    pub case_number: Option<String>,
    /// The instant that it speaks of; for a link, when it ends.
    pub at: Option<DateTime<Utc>>,
    /// The address to open.
    pub link: Option<Sensitive<String>>,
}

/// A mail's text, as it is sent. Never printed: it may carry a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: Sensitive<String>,
}

/// Writes a mail. What is not known is left out as a dash.
#[must_use]
pub fn compose(kind: MailKind, language: Language, facts: &Facts) -> Message {
    let login = |login: &Option<Login>| login.as_ref().map(|login| login.as_str().to_owned());
    let at = facts.at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string());
    let values = [
        ("{to}", login(&facts.to)),
        ("{about}", login(&facts.about)),
        ("{case}", facts.case_number.clone()),
        ("{at}", at),
        ("{link}", facts.link.as_ref().map(|link| link.0.clone())),
    ];
    let fill = |text: &str| {
        let known = values.iter().map(|(name, value)| (name, value.as_deref().unwrap_or("–")));
        known.fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    let (subject, body) = texts::of(kind, language);
    Message { subject: fill(subject), body: Sensitive(fill(body)) }
}

/// After so many attempts a mail is given up.
pub const ATTEMPTS: u32 = 10;

/// How long after failed attempt number `attempts` (from 1) the next one may come: a minute, and twice as
/// long each time, up to six hours.
#[must_use]
pub fn back_off(attempts: u32) -> TimeDelta {
    const LONGEST: TimeDelta = TimeDelta::hours(6);
    // Beyond ten doublings the wait is the longest in any case.
    TimeDelta::minutes(1 << attempts.saturating_sub(1).min(10)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Coded;

    fn facts() -> Facts {
        Facts {
            to: Some(Login::parse("layla").unwrap()),
            about: Some(Login::parse("dr.sami").unwrap()),
            case_number: Some("C-2026-000017-5".to_owned()),
            at: "2026-11-22T09:00:00Z".parse().ok(),
            link: Some(Sensitive("https://rafiq.example/invitation#secret".to_owned())),
        }
    }

    fn every_mail() -> impl Iterator<Item = (MailKind, Language, Message)> {
        let all = MailKind::ALL.iter().flat_map(|kind| Language::ALL.map(|language| (*kind, language)));
        all.map(|(kind, language)| (kind, language, compose(kind, language, &facts())))
    }

    #[test]
    fn every_mail_is_whole_in_every_language() {
        for (kind, language, message) in every_mail() {
            let Message { subject, body: Sensitive(body) } = message;
            assert!(!subject.contains('\n') && subject.chars().count() <= 78, "{kind} {language:?}: {subject}");
            for text in [&subject, &body] {
                assert!(!text.contains(['{', '}', '–']) && text.trim() == text, "{kind} {language:?}: {text}");
            }
            let arabic = |text: &str| text.chars().any(|letter| ('\u{621}'..='\u{64A}').contains(&letter));
            assert_eq!(arabic(&subject) && arabic(&body), language == Language::Arabic, "{kind}: {body}");
            assert_eq!(body.contains("https://"), kind.link().is_some(), "{kind} {language:?}: {body}");
        }
    }

    #[test]
    fn text_stands_in_the_order_in_which_it_is_read() {
        // No marks that turn a line, no letters of the shaped forms: mail programs do both by themselves.
        let turned = |letter: char| matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}');
        for (kind, language, message) in every_mail() {
            assert!(!message.body.contains(turned) && !message.subject.contains(turned), "{kind} {language:?}");
        }
        let arabic = compose(MailKind::Invitation, Language::Arabic, &facts());
        assert!(arabic.subject.starts_with("رفيق"), "{}", arabic.subject);
    }

    #[test]
    fn what_is_latin_stands_on_lines_of_its_own() {
        for (kind, language, message) in every_mail() {
            for line in message.body.lines().filter(|_| language == Language::Arabic) {
                let latin = line.contains("://") || line.contains("C-2026");
                let arabic = line.chars().any(|letter| ('\u{621}'..='\u{64A}').contains(&letter));
                assert!(!(latin && arabic), "{kind}: {line}");
            }
        }
    }

    #[test]
    fn a_mail_does_not_print_its_link() {
        for (_, _, message) in every_mail() {
            assert!(!format!("{message:?}{:?}", facts()).contains("secret"));
        }
    }

    #[test]
    fn attempts_come_less_and_less_often() {
        let waits = [(1, 1), (2, 2), (3, 4), (9, 256), (10, 360), (64, 360), (u32::MAX, 360)];
        for (attempts, minutes) in waits {
            assert_eq!(back_off(attempts), TimeDelta::minutes(minutes), "{attempts}");
        }
    }
}
