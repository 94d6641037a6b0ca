//! Secrets that the product makes itself: refresh tokens, and whatever else is shown once and kept as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_domain::sensitive::Sensitive;
use sha2::{Digest, Sha256};

use crate::Refused;

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no randomness to be had")]
struct NoRandomness;

impl Refusal for NoRandomness {
    fn code(&self) -> ProblemCode {
        ProblemCode::Unavailable
    }
}

/// 256 random bits, as 43 characters of text.
pub(crate) fn draw() -> Result<Sensitive<String>, Refused> {
    Ok(Sensitive(URL_SAFE_NO_PAD.encode(random::<32>()?.0)))
}

/// Random bytes.
pub(crate) fn random<const LENGTH: usize>() -> Result<Sensitive<[u8; LENGTH]>, Refused> {
    let mut bytes = [0_u8; LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(Sensitive(bytes))
}

/// What is kept of such a secret. Nothing slower is needed: nobody guesses 256 bits.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
