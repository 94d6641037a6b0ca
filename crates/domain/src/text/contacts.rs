//! Logins, countries, e-mail addresses and phone numbers.

use std::fmt;

use email_address::Options;
use phonenumber::{Mode, country};

use super::{clean, digits};
use crate::refusal::{FieldCode, FieldResult};

/// The longest e-mail address that can be delivered to (RFC 5321 §4.5.3.1.3, as in domain §7.1).
const MAX_EMAIL: usize = 254;
/// The longest text read as a phone number; it may hold blanks, brackets and hyphens.
const MAX_PHONE_TEXT: usize = 40;

/// The name that a person signs in with: `a-z`, `0-9`, `.`, `_`, `@`, `-`, 3 to 64 of them.
///
/// ASCII alone, so that no letter of another script can look like one of them (domain §9.5).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Login(String);

impl Login {
    /// Reads a login; capital letters are lowered.
    ///
    /// # Errors
    /// [`FieldCode::TooShort`], [`FieldCode::TooLong`], [`FieldCode::Malformed`] for any other
    /// character, and the refusals of [`Line::parse`](super::Line::parse).
    pub fn parse(text: &str) -> FieldResult<Self> {
        let login = clean::line(text, 3..=64)?.to_ascii_lowercase();
        let allowed = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '.' | '_' | '@' | '-');
        if login.chars().all(allowed) { Ok(Self(login)) } else { Err(FieldCode::Malformed) }
    }

    /// The login, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A country by its ISO 3166-1 alpha-2 code, such as `TR`.
///
/// The list is that of the phone plans: every country with inhabitants, and `XK` for the bearers of
/// a passport of Kosovo, to which ISO has assigned no code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CountryCode(country::Id);

impl CountryCode {
    /// Reads a code of two letters; lower case is accepted and raised.
    ///
    /// # Errors
    /// [`FieldCode::UnknownCode`] for anything else.
    pub fn parse(text: &str) -> FieldResult<Self> {
        match text.trim().to_ascii_uppercase().parse() {
            // Parts of Saint Helena with phone plans of their own; ISO has them under SH.
            Ok(country::Id::AC | country::Id::TA) | Err(_) => Err(FieldCode::UnknownCode),
            Ok(id) => Ok(Self(id)),
        }
    }

    /// The code, in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CountryCode({})", self.as_str())
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

private_text! {
    /// An e-mail address of at most 254 ASCII characters: `local@domain`, the domain in lower case.
    EmailAddress;
    /// A phone number in E.164 form: `+` and 8 to 15 digits, valid by the plan of its country.
    Phone;
}

impl EmailAddress {
    /// Reads an address without a display name, a quoted local part or a numeric host.
    ///
    /// # Errors
    /// [`FieldCode::Malformed`], and the refusals of [`Line::parse`](super::Line::parse).
    pub fn parse(text: &str) -> FieldResult<Self> {
        let address = clean::line(text, 1..=MAX_EMAIL)?;
        let form = Options::default().with_required_tld().without_domain_literal().without_display_text();
        let well_formed = address.is_ascii()
            && !address.contains('"')
            && email_address::EmailAddress::parse_with_options(&address, form).is_ok();
        match address.rsplit_once('@') {
            Some((local, domain)) if well_formed => Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase()))),
            _ => Err(FieldCode::Malformed),
        }
    }
}

impl Phone {
    /// Reads a number, international (`+…` or `00…`) or in the form of `default_region`.
    ///
    /// Arabic and Persian digits are accepted; blanks, hyphens, dots, slashes and brackets are not kept.
    ///
    /// # Errors
    /// [`FieldCode::Malformed`] for a number that no country gives out, [`FieldCode::MixedDigits`]
    /// for digits of two scripts, and the refusals of [`Line::parse`](super::Line::parse).
    pub fn parse(text: &str, default_region: Option<CountryCode>) -> FieldResult<Self> {
        let typed = digits::to_ascii(&clean::line(text, 1..=MAX_PHONE_TEXT)?)?;
        if !typed
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, '+' | ' ' | '-' | '.' | '/' | '(' | ')'))
        {
            return Err(FieldCode::Malformed);
        }
        let dialed: String = typed.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+').collect();
        let dialed = dialed.strip_prefix("00").map_or(dialed.clone(), |rest| format!("+{rest}"));
        // The crate looks for the region's own dialing prefix even after a plus, and must not.
        let region = default_region.filter(|_| !dialed.starts_with('+')).map(|code| code.0);
        let number = phonenumber::parse(region, &dialed).map_err(|_| FieldCode::Malformed)?;
        let written = number.format().mode(Mode::E164).to_string();
        // `+` and 8 to 15 digits.
        if phonenumber::is_valid(&number) && (9..=16).contains(&written.len()) {
            Ok(Self(written))
        } else {
            Err(FieldCode::Malformed)
        }
    }
}
