//! What is counted, under which key, and what happens when it was too often.

use std::net::IpAddr;
use std::time::Duration;

use chrono::TimeDelta;
use rafiq_domain::ids::{DeviceId, UserId};
use rafiq_domain::policy::Denied;
use rafiq_domain::refusal::{ProblemCode, Refusal};
use rafiq_domain::throttling::Counter;
use rafiq_domain::vocabulary::Coded as _;
use rafiq_persistence::throttles::{self, Attempt, Key};
use sha2::{Digest, Sha256};

use crate::refused::DeniedBecause;
use crate::{App, Caller, Refused};

/// So many bytes are kept of the hash of a login that is nobody's: enough to count by, too few to tell
/// what was typed there by mistake.
const UNKNOWN_BYTES: usize = 2;

/// It was tried too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts")]
struct TooMany {
    wait: TimeDelta,
}

impl Refusal for TooMany {
    fn code(&self) -> ProblemCode {
        ProblemCode::TooManyAttempts
    }

    fn retry_after(&self) -> Option<Duration> {
        self.wait.to_std().ok()
    }
}

/// The key of a counter about something.
pub(crate) fn key(counter: Counter, about: &[u8]) -> Key {
    let mut hash = Sha256::new();
    hash.update(counter.code());
    hash.update([0]);
    hash.update(about);
    Key { counter, about: hash.finalize().into() }
}

/// The counter of sign-ins to an account: those from a known device are counted by themselves.
pub(crate) fn of_sign_in(user_id: UserId, device: Option<DeviceId>) -> Key {
    match device {
        Some(id) => key(Counter::Device, id.uuid().as_bytes()),
        None => key(Counter::Account, user_id.uuid().as_bytes()),
    }
}

/// The counter of a login that is nobody's. It holds back nobody, as there is nobody to sign in.
pub(crate) fn of_unknown(counter: Counter, login: &str) -> Key {
    let hash: [u8; 32] = Sha256::digest(login.as_bytes()).into();
    key(counter, hash.get(..UNKNOWN_BYTES).unwrap_or_default())
}

/// The counter of a network address. An IPv6 network of the usual size counts as one: it is one customer's.
pub(crate) fn of_address(counter: Counter, address: IpAddr) -> Key {
    match address.to_canonical() {
        IpAddr::V4(address) => key(counter, &address.octets()),
        IpAddr::V6(address) => key(counter, address.octets().get(..8).unwrap_or_default()),
    }
}

/// What a change of the password begins anew.
pub(crate) fn of_account(user_id: UserId) -> [Key; 2] {
    [Counter::Account, Counter::OwnPassword].map(|counter| key(counter, user_id.uuid().as_bytes()))
}

/// Counts an attempt. That it may not be made is on record as `denied`.
///
/// # Errors
/// [`TooMany`] when it may not be made.
pub(crate) async fn attempt(
    app: &App,
    caller: &Caller,
    key: Key,
    denied: impl FnOnce() -> Denied,
) -> Result<(), Refused> {
    let counted = match throttles::attempt(app.store(), key, app.now()).await? {
        Attempt::Open => Ok(()),
        Attempt::Shut => {
            let why = TooMany { wait: throttles::wait(app.store(), key, app.now()).await? };
            Err(DeniedBecause { why, denied: denied() }.into())
        }
    };
    app.record_denial(caller, counted).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Key {
        of_address(Counter::Address, address.parse().unwrap())
    }

    #[test]
    fn a_customer_is_one_address() {
        assert_eq!(of("198.51.100.7"), of("::ffff:198.51.100.7"));
        assert_ne!(of("198.51.100.7"), of("198.51.100.8"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }

    #[test]
    fn what_is_counted_differently_has_different_keys() {
        let keys = [key(Counter::Account, b"a"), key(Counter::Device, b"a"), key(Counter::Account, b"b")];
        assert!(
            keys.iter().enumerate().all(|(at, one)| keys.iter().skip(at + 1).all(|other| one.about != other.about))
        );
    }
}
