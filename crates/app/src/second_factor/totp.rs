//! Codes of authenticator apps (RFC 6238): SHA-1, six digits, thirty seconds, which is all that most apps know.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use qrcodegen::{QrCode, QrCodeEcc};
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_domain::second_factor::TotpCode;
use rafiq_domain::sensitive::Sensitive;
use rafiq_domain::text::Login;
use totp_rs::{Builder, Totp, TotpError};

/// The length of a secret in bytes: as long as the hash (RFC 4226 §4).
pub(super) const SECRET_LENGTH: usize = 20;

/// Who the app says the codes are for.
const ISSUER: &str = "Rafiq";
/// How many steps the clocks of app and server may differ, either way (RFC 6238 §5.2).
const SKEW: u16 = 1;
/// The white border of a QR code, in modules (ISO/IEC 18004 §9.1).
const QUIET: i32 = 4;

/// A secret that the library does not take, or an address that no QR code holds: both are faults of ours.
#[derive(Debug, thiserror::Error)]
#[error("the secret of an authenticator app is not usable")]
pub(super) struct Unusable;

impl From<TotpError> for Unusable {
    // The library's error may quote the address, which holds the secret.
    fn from(_: TotpError) -> Self {
        Self
    }
}

impl Refusal for Unusable {
    fn code(&self) -> ProblemCode {
        ProblemCode::Internal
    }
}

/// What an authenticator app is given.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The secret in base 32, to be typed in.
    pub secret: Sensitive<String>,
    /// The `otpauth` address, to be opened by the app.
    pub address: Sensitive<String>,
    /// The address as a QR code, an SVG image.
    pub qr_code: Sensitive<String>,
}

/// What the app of `login` is given for a secret.
pub(super) fn enrolment(secret: &[u8], login: &Login) -> Result<Enrolment, Unusable> {
    let totp = codes(secret, login.as_str())?;
    let address = totp.to_url()?;
    let qr_code = QrCode::encode_text(&address, QrCodeEcc::Medium).map_err(|_| Unusable)?;
    Ok(Enrolment {
        secret: Sensitive(totp.secret().to_base32()),
        qr_code: Sensitive(drawn(&qr_code)),
        address: Sensitive(address),
    })
}

/// The step of time whose code this is, of those that count now: the present one and its neighbors.
pub(super) fn step_of(secret: &[u8], code: &TotpCode, now: DateTime<Utc>) -> Result<Option<i64>, Unusable> {
    let seconds = u64::try_from(now.timestamp()).map_err(|_| Unusable)?;
    let step = codes(secret, "")?.check(code.as_str(), seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn codes(secret: &[u8], account: &str) -> Result<Totp, Unusable> {
    Ok(Builder::new()
        .with_secret(secret)
        .with_skew(SKEW)
        .with_issuer(Some(ISSUER))
        .with_account_name(account)
        .build()?)
}

/// The code as an image: one path of dark squares on white.
fn drawn(code: &QrCode) -> String {
    let side = code.size() + 2 * QUIET;
    let dark =
        (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let path = dark.fold(String::new(), |mut path, (x, y)| {
        // Writing to a string cannot fail.
        let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
        path
    });
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// RFC 6238 appendix B: the secret of its vectors for SHA-1.
    const SECRET: &[u8; SECRET_LENGTH] = b"12345678901234567890";

    /// The vectors, of whose eight digits the last six are what six-digit apps show.
    const VECTORS: [(i64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];

    fn accepted(seconds: i64, code: &str) -> Option<i64> {
        let now = DateTime::from_timestamp(seconds, 0).unwrap();
        step_of(SECRET, &TotpCode::parse(code).unwrap(), now).unwrap()
    }

    #[test]
    fn the_vectors_of_the_standard_are_accepted_in_their_step() {
        for (seconds, code) in VECTORS {
            assert_eq!(accepted(seconds, &code[2..]), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_counts_for_one_step_either_way_and_no_longer() {
        for (seconds, code) in VECTORS.into_iter().skip(1) {
            let step = seconds / 30;
            for (offset, expected) in [(-2, None), (-1, Some(step)), (0, Some(step)), (1, Some(step)), (2, None)] {
                assert_eq!(accepted((step + offset) * 30, &code[2..]), expected, "{seconds} {offset}");
            }
            assert_eq!(accepted(seconds, "000000"), None, "{seconds}");
        }
    }

    #[test]
    fn the_address_names_the_service_and_the_account() {
        let enrolment = enrolment(SECRET, &Login::parse("layla@clinic").unwrap()).unwrap();
        assert_eq!(enrolment.secret.0, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            enrolment.address.0,
            "otpauth://totp/Rafiq:layla%40clinic?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rafiq"
        );
        assert!(!format!("{enrolment:?}").contains("GEZ"));
    }

    #[test]
    fn the_image_has_a_border_and_a_finder_in_its_corner() {
        let image = enrolment(SECRET, &Login::parse("layla@clinic").unwrap()).unwrap().qr_code.0;
        assert!(image.starts_with("<svg xmlns=") && image.ends_with("</svg>"), "{image}");
        for module in ["M4 4h", "M10 4h", "M4 10h"] {
            assert!(image.contains(module), "{module}");
        }
        for blank in ["M3 4h", "M4 3h", "M5 5h", "M11 4h"] {
            assert!(!image.contains(blank), "{blank}");
        }
    }

    #[test]
    fn no_code_is_asked_for_before_1970() {
        let before = DateTime::UNIX_EPOCH - TimeDelta::seconds(1);
        assert!(step_of(SECRET, &TotpCode::parse("123456").unwrap(), before).is_err());
    }
}
