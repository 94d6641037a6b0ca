//! How often someone may try (security §2): per account, per known device, and per address.
//!
//! The counters are kept by the storage, where all instances share them; here is what they mean.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{DeviceId, UserId};
use crate::vocabulary::coded;

/// So many failures in a row cost nothing but themselves.
pub const FREE: u32 = 5;
/// After so many failures in a row nothing more is tried until the password or the second factor is reset
/// (NIST SP 800-63B-4 §3.2.2).
pub const MOST: u32 = 100;
/// The longest wait between two attempts.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);

/// How long a device is known after its last sign-in.
pub const DEVICE_KNOWN_FOR: TimeDelta = TimeDelta::days(180);

coded! {
    /// What is counted (security §2).
    pub enum Counter: "throttle_counter" {
        Account = "account" => "Sign-ins to an account from unknown devices", "تسجيل الدخول إلى حساب من أجهزة غير معروفة", "Bilinmeyen cihazlardan bir hesaba girişler";
        UnknownLogin = "unknown_login" => "Sign-ins to what is no account", "تسجيل الدخول إلى ما ليس حسابًا", "Hesap olmayan adlarla girişler";
        Device = "device" => "Sign-ins from a known device", "تسجيل الدخول من جهاز معروف", "Bilinen bir cihazdan girişler";
        OwnPassword = "own_password" => "Confirmations of the password by someone signed in", "تأكيد كلمة المرور ممن سجّل دخوله", "Oturumu açık kişinin parola doğrulamaları";
        Address = "address" => "Sign-ins from a network address", "تسجيل الدخول من عنوان شبكة", "Bir ağ adresinden girişler";
        ClientAddress = "client_address" => "Requests of machine clients for a token, from a network address", "طلبات الأنظمة المتصلة للحصول على رمز من عنوان شبكة", "Makine istemcilerinin bir ağ adresinden belirteç istekleri";
        Client = "client" => "Requests of a machine client for a token, from a network address", "طلبات نظام متصل للحصول على رمز من عنوان شبكة", "Bir makine istemcisinin bir ağ adresinden belirteç istekleri";
        ResetsFromAddress = "resets_from_address" => "Requests for a new password from a network address", "طلبات كلمة مرور جديدة من عنوان شبكة", "Bir ağ adresinden yeni parola istekleri";
        ResetsOfAccount = "resets_of_account" => "Requests for a new password to an account", "طلبات كلمة مرور جديدة لحساب", "Bir hesap için yeni parola istekleri";
    }
}

/// A bound on what happens within a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The most within one span.
    pub most: u32,
    /// The span, from the first.
    pub span: TimeDelta,
}

/// How a counter holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Failures in a row make each next attempt wait longer; [`MOST`] of them end it.
    Growing,
    /// So many in a span, whatever they are.
    Within(Window),
}

impl Counter {
    /// How the counter holds back.
    #[must_use]
    pub const fn rule(self) -> Rule {
        match self {
            Self::Account | Self::UnknownLogin | Self::Device | Self::OwnPassword => Rule::Growing,
            // A whole office may stand behind one address; who signs in well is not counted. People and machines are
            // counted apart: a system that is set up wrongly keeps no person beside it from signing in.
            Self::Address | Self::ClientAddress => Rule::Within(Window { most: 50, span: TimeDelta::minutes(15) }),
            // By client and address: what others try in its name elsewhere never shuts a client out.
            Self::Client => Rule::Within(Window { most: 20, span: TimeDelta::minutes(15) }),
            Self::ResetsFromAddress => Rule::Within(Window { most: 20, span: TimeDelta::hours(1) }),
            Self::ResetsOfAccount => Rule::Within(Window { most: 3, span: TimeDelta::hours(1) }),
        }
    }

    /// How long a counter is kept that nobody touches. Failures in a row on an account stay in a row,
    /// however slowly they come; those of a device end with it.
    #[must_use]
    pub const fn kept(self) -> Option<TimeDelta> {
        match self {
            Self::Account | Self::OwnPassword => None,
            Self::Device => Some(DEVICE_KNOWN_FOR),
            Self::UnknownLogin
            | Self::Address
            | Self::ClientAddress
            | Self::Client
            | Self::ResetsFromAddress
            | Self::ResetsOfAccount => Some(TimeDelta::days(1)),
        }
    }
}

/// How long the next attempt waits after `failures` in a row: nothing below [`FREE`], then two seconds and
/// twice as long each time, up to a quarter of an hour.
#[must_use]
pub fn wait_after(failures: u32) -> TimeDelta {
    match failures.checked_sub(FREE) {
        None => TimeDelta::zero(),
        // Beyond ten doublings the wait is the longest in any case.
        Some(doublings) => TimeDelta::seconds(2 << doublings.min(10)).min(LONGEST_WAIT),
    }
}

/// The fewest failures after which the wait grows no more.
#[must_use]
pub fn settled_after() -> u32 {
    (FREE..MOST).find(|failures| wait_after(*failures) == LONGEST_WAIT).unwrap_or(MOST)
}

/// A device from which a user has signed in: failures elsewhere do not lock it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub user_id: UserId,
    /// When it was first used.
    pub known_since: DateTime<Utc>,
    /// When it is forgotten unless it is used again.
    pub expires_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_begins_late_grows_and_has_an_end() {
        let waits = [(0, 0), (4, 0), (5, 2), (6, 4), (7, 8), (12, 256), (13, 512), (14, 900), (40, 900), (99, 900)];
        for (failures, seconds) in waits {
            assert_eq!(wait_after(failures), TimeDelta::seconds(seconds), "{failures}");
        }
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT);
        assert!((0..200).all(|failures| wait_after(failures) <= wait_after(failures + 1)));
        assert_eq!(settled_after(), 14);
    }

    #[test]
    fn guessing_an_account_takes_most_of_a_day_and_then_ends() {
        let all: TimeDelta = (0..MOST).map(wait_after).sum();
        assert!(all > TimeDelta::hours(20), "{all}");
        assert_eq!(MOST, 100, "security §2");
    }
}
