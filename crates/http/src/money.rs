//! Amounts of money, in and out.

use rafiq_domain::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::code::{Code, CurrencyCode};

/// An amount of money, exact: never a decimal fraction.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Money)]
pub(crate) struct MoneyView {
    /// How many minor units: 1250.500 KWD is 1250500.
    #[schema(example = 1_250_500)]
    minor: i64,
    /// The currency.
    currency: CurrencyCode,
    /// How many decimals the currency has: 3 for the dinars and the Omani rial, else 2.
    #[schema(example = 3)]
    exponent: u8,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { minor: money.minor, currency: Code(money.currency), exponent: money.currency.exponent() }
    }
}

/// An amount as it is said: whole minor units of one currency.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MoneyInput)]
pub(crate) struct MoneyBody {
    /// How many minor units: 1250.500 KWD is 1250500.
    #[schema(example = 1_250_500)]
    minor: i64,
    /// The currency.
    currency: CurrencyCode,
}

impl From<MoneyBody> for Money {
    fn from(body: MoneyBody) -> Self {
        Self { minor: body.minor, currency: body.currency.0 }
    }
}
