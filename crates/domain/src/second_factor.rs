//! The second factor: what a sign-in owes besides the password, and how guessing it is slowed down.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{PasskeyId, UserId};
use crate::policy::{Denied, Object, ObjectKind, Principal, Relation, Resource};
use crate::refusal::{FieldCode, FieldResult, ProblemCode, Refusal};
use crate::text::{Line, digits};
use crate::throttling::{FREE, MOST};
use crate::vocabulary::{Language, Role, coded};

coded! {
    /// What can prove a sign-in besides the password.
    pub enum FactorKind: "second_factor" {
        Totp = "totp" => "Code of an authenticator app", "رمز من تطبيق المصادقة", "Doğrulama uygulamasının kodu";
        Passkey = "passkey" => "Passkey or security key", "مفتاح مرور أو مفتاح أمان", "Geçiş anahtarı veya güvenlik anahtarı";
        RecoveryCode = "recovery_code" => "Recovery code", "رمز استرداد", "Kurtarma kodu";
    }
}

/// Whether everyone needs a second factor. Whoever has one is always asked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondFactorRule {
    /// Only those who have set one up.
    Optional,
    /// Everyone: without one, a sign-in reaches only the account itself, to set one up.
    Required,
}

/// What a user has set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Factors {
    /// Since when an authenticator app.
    pub totp_since: Option<DateTime<Utc>>,
    /// How many passkeys.
    pub passkeys: u64,
    /// How many recovery codes are left. Alone they are no factor: they stand in for one.
    pub recovery_codes: u64,
}

impl Factors {
    /// Whether a second factor is set up, and so asked for.
    #[must_use]
    pub const fn are_set_up(&self) -> bool {
        self.totp_since.is_some() || self.passkeys > 0
    }

    /// Whether taking one away leaves none.
    #[must_use]
    pub const fn is_the_last(&self) -> bool {
        matches!((self.totp_since, self.passkeys), (Some(_), 0) | (None, 0 | 1))
    }

    /// Whether one more passkey may be added.
    ///
    /// # Errors
    /// [`FactorsRefused::TooManyPasskeys`].
    pub const fn room_for_passkey(&self) -> Result<(), FactorsRefused> {
        if self.passkeys < Passkey::MOST { Ok(()) } else { Err(FactorsRefused::TooManyPasskeys) }
    }

    /// What can be used to prove a sign-in.
    #[must_use]
    pub fn usable(&self) -> Vec<FactorKind> {
        let kinds = [
            (FactorKind::Passkey, self.passkeys > 0),
            (FactorKind::Totp, self.totp_since.is_some()),
            (FactorKind::RecoveryCode, self.are_set_up() && self.recovery_codes > 0),
        ];
        kinds.into_iter().filter(|(_, usable)| *usable).map(|(kind, _)| kind).collect()
    }
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its owner calls it.
    pub name: Line,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Passkey {
    /// The longest name.
    pub const LONGEST_NAME: usize = 60;
    /// The most that one user may have.
    pub const MOST: u64 = 10;
}

impl Resource for Passkey {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Passkey, id: Some(self.id.uuid()), case_id: None }
    }

    fn relation(&self, who: &Principal, _role: Role) -> Relation {
        Relation::own_if(self.user_id == who.user_id)
    }
}

/// Six digits from an authenticator app (RFC 6238).
#[derive(Clone, PartialEq, Eq)]
pub struct TotpCode(String);

impl TotpCode {
    /// Reads a code as people type it: with blanks, and in the digits of their keyboard.
    ///
    /// # Errors
    /// [`FieldCode::Malformed`] for anything but six digits, [`FieldCode::MixedDigits`].
    pub fn parse(text: &str) -> FieldResult<Self> {
        if text.len() > 64 {
            return Err(FieldCode::Malformed);
        }
        let code: String = digits::to_ascii(text)?.chars().filter(|letter| !letter.is_whitespace()).collect();
        let sound = code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit());
        if sound { Ok(Self(code)) } else { Err(FieldCode::Malformed) }
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TotpCode(***)")
    }
}

/// A code that stands in for a lost factor, good once: 80 random bits in Crockford's base 32, which
/// has no letters that are mistaken for digits.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; 10]);

/// Crockford's digits.
const BASE_32: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl RecoveryCode {
    /// How many are handed out at a time.
    pub const BATCH: usize = 10;

    /// The code of these random bytes.
    #[must_use]
    pub const fn new(random: [u8; 10]) -> Self {
        Self(random)
    }

    /// The bytes behind it, for hashing.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// Reads a code as people type it: lower case, blanks and hyphens as they like, O for 0, I and L for 1.
    ///
    /// # Errors
    /// [`FieldCode::Malformed`] for anything that is no such code.
    pub fn parse(text: &str) -> FieldResult<Self> {
        let letters = text.chars().filter(|letter| !matches!(letter, ' ' | '-'));
        let digits: Option<Vec<u128>> = letters.take(17).map(digit_of).collect();
        let digits = digits.filter(|digits| digits.len() == 16).ok_or(FieldCode::Malformed)?;
        let value = digits.into_iter().fold(0, |value, digit| value << 5 | digit);
        let [_, _, _, _, _, _, bytes @ ..] = value.to_be_bytes();
        Ok(Self(bytes))
    }

    /// The code as it is shown: four groups of four.
    #[must_use]
    pub fn written(&self) -> String {
        let value = self.0.iter().fold(0_u128, |value, byte| value << 8 | u128::from(*byte));
        let digit = |place: u32| BASE_32.get((value >> (5 * place) & 31) as usize).copied().map(char::from);
        let groups =
            (0..16).rev().map(|place| digit(place).into_iter().chain((place % 4 == 0 && place > 0).then_some('-')));
        groups.flatten().collect()
    }
}

fn digit_of(letter: char) -> Option<u128> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    BASE_32.iter().position(|digit| char::from(*digit) == letter).map(|digit| digit as u128)
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecoveryCode(***)")
    }
}

/// How a user's codes were tried: each try counts as a failure until one succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// How many failed in a row.
    pub failures: u32,
    /// When the last was made.
    pub last_at: Option<DateTime<Utc>>,
}

/// The first wait, doubled with each further try.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(30);
/// The longest wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

impl Attempts {
    /// Makes one more try at `now`. By the time that [`MOST`] have failed a code is guessed with a chance of 0.03 %.
    ///
    /// # Errors
    /// [`TooManyWrongCodes`] when it comes too early, or nothing more is tried.
    pub fn make(self, now: DateTime<Utc>) -> Result<Self, TooManyWrongCodes> {
        if self.failures >= MOST {
            return Err(TooManyWrongCodes { wait: None });
        }
        let next = self.last_at.map_or(now, |last| last + self.wait());
        if now < next {
            return Err(TooManyWrongCodes { wait: (next - now).to_std().ok() });
        }
        Ok(Self { failures: self.failures.saturating_add(1), last_at: Some(now) })
    }

    fn wait(self) -> TimeDelta {
        let Some(over) = self.failures.checked_sub(FREE) else { return TimeDelta::zero() };
        FIRST_WAIT.checked_mul(1 << over.min(16)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
    }
}

/// Too many wrong codes in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong codes in a row")]
pub struct TooManyWrongCodes {
    /// How long to wait; none when only an administrator can help.
    pub wait: Option<Duration>,
}

/// Asked to come back when nobody knows when: an administrator is not as quick as a clock.
const A_DAY: Duration = Duration::from_hours(24);

impl Refusal for TooManyWrongCodes {
    fn code(&self) -> ProblemCode {
        ProblemCode::TooManyAttempts
    }

    fn detail(&self, language: Language) -> Option<String> {
        let text = match language {
            Language::English => "Too many wrong codes. Ask an administrator to reset the second factor.",
            Language::Arabic => "رموز خاطئة كثيرة. اطلب من أحد المسؤولين إعادة تعيين عامل التحقق الثاني.",
            Language::Turkish => "Çok fazla yanlış kod girildi. Yöneticiden ikinci doğrulamayı sıfırlamasını isteyin.",
        };
        self.wait.is_none().then(|| text.to_owned())
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(self.wait.unwrap_or(A_DAY))
    }
}

/// The session has not been proven by the second factor that the account has, or that everyone needs.
///
/// Holds the denial to record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a second factor is owed")]
pub struct SecondFactorOwed(pub Denied);

impl Refusal for SecondFactorOwed {
    fn code(&self) -> ProblemCode {
        ProblemCode::SecondFactorRequired
    }

    fn denial(&self) -> Option<&Denied> {
        Some(&self.0)
    }
}

/// What cannot be done with the factors as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FactorsRefused {
    /// Everyone needs a second factor, and this is the last.
    #[error("the last second factor stays while one is required")]
    LastOne,
    /// There is none to take away or to replace the codes of.
    #[error("no second factor is set up")]
    NotSetUp,
    /// The enrolment was not started, or too long ago.
    #[error("no enrolment is under way")]
    NotStarted,
    /// There are as many passkeys as one user may have.
    #[error("there are as many passkeys as one user may have")]
    TooManyPasskeys,
}

impl Refusal for FactorsRefused {
    fn code(&self) -> ProblemCode {
        match self {
            Self::LastOne => ProblemCode::LastSecondFactor,
            Self::NotSetUp | Self::NotStarted | Self::TooManyPasskeys => ProblemCode::WrongState,
        }
    }

    fn detail(&self, language: Language) -> Option<String> {
        let [english, arabic, turkish] = match self {
            Self::LastOne => return None,
            Self::NotSetUp => {
                ["No second factor is set up.", "لم يُعدّ أي عامل تحقق ثانٍ.", "Kurulmuş bir ikinci doğrulama yok."]
            }
            Self::NotStarted => [
                "Nothing was started that could be finished, or it took too long. Start again.",
                "لم يبدأ أي إجراء يمكن إتمامه أو انقضت مهلته. ابدأ من جديد.",
                "Tamamlanacak bir işlem başlatılmamış ya da süresi dolmuş. Yeniden başlayın.",
            ],
            Self::TooManyPasskeys => [
                "There are ten passkeys already; remove one first.",
                "لديك عشرة مفاتيح مرور بالفعل، احذف واحدًا أولًا.",
                "Zaten on geçiş anahtarı var; önce birini kaldırın.",
            ],
        };
        let text = match language {
            Language::English => english,
            Language::Arabic => arabic,
            Language::Turkish => turkish,
        };
        Some(text.to_owned())
    }
}

#[cfg(test)]
mod tests;
