//! Money: whole minor units of one currency, never a float and never two currencies in one sum.

use std::fmt;

use crate::refusal::{FieldCode, FieldError, ProblemCode, Refusal};
use crate::vocabulary::coded;

coded! {
    /// A currency that this market quotes or pays in (ISO 4217).
    pub enum Currency: "currency" {
        Try = "TRY" => "Turkish lira", "ليرة تركية", "Türk lirası";
        Usd = "USD" => "US dollar", "دولار أمريكي", "ABD doları";
        Eur = "EUR" => "Euro", "يورو", "Euro";
        Gbp = "GBP" => "Pound sterling", "جنيه إسترليني", "İngiliz sterlini";
        Sar = "SAR" => "Saudi riyal", "ريال سعودي", "Suudi Arabistan riyali";
        Aed = "AED" => "UAE dirham", "درهم إماراتي", "BAE dirhemi";
        Qar = "QAR" => "Qatari riyal", "ريال قطري", "Katar riyali";
        Kwd = "KWD" => "Kuwaiti dinar", "دينار كويتي", "Kuveyt dinarı";
        Bhd = "BHD" => "Bahraini dinar", "دينار بحريني", "Bahreyn dinarı";
        Omr = "OMR" => "Omani rial", "ريال عُماني", "Umman riyali";
        Jod = "JOD" => "Jordanian dinar", "دينار أردني", "Ürdün dinarı";
        Iqd = "IQD" => "Iraqi dinar", "دينار عراقي", "Irak dinarı";
        Lyd = "LYD" => "Libyan dinar", "دينار ليبي", "Libya dinarı";
        Tnd = "TND" => "Tunisian dinar", "دينار تونسي", "Tunus dinarı";
        Dzd = "DZD" => "Algerian dinar", "دينار جزائري", "Cezayir dinarı";
        Mad = "MAD" => "Moroccan dirham", "درهم مغربي", "Fas dirhemi";
        Egp = "EGP" => "Egyptian pound", "جنيه مصري", "Mısır lirası";
        Yer = "YER" => "Yemeni rial", "ريال يمني", "Yemen riyali";
        Sdg = "SDG" => "Sudanese pound", "جنيه سوداني", "Sudan lirası";
        Syp = "SYP" => "Syrian pound", "ليرة سورية", "Suriye lirası";
        Lbp = "LBP" => "Lebanese pound", "ليرة لبنانية", "Lübnan lirası";
    }
}

impl Currency {
    /// How many decimals the minor unit has (ISO 4217): 3 for the dinars of the Gulf and the
    /// Maghreb and for the Omani rial, else 2 (domain §2.5).
    #[must_use]
    pub const fn exponent(self) -> u8 {
        match self {
            Self::Kwd | Self::Bhd | Self::Omr | Self::Jod | Self::Tnd | Self::Iqd | Self::Lyd => 3,
            Self::Try
            | Self::Usd
            | Self::Eur
            | Self::Gbp
            | Self::Sar
            | Self::Aed
            | Self::Qar
            | Self::Dzd
            | Self::Mad
            | Self::Egp
            | Self::Yer
            | Self::Sdg
            | Self::Syp
            | Self::Lbp => 2,
        }
    }
}

/// An amount in the currency's minor unit: 1250.500 KWD is 1 250 500 fils. It may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// How many minor units.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// Why two amounts do not make a third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit.
    #[error("the amount is too large")]
    Overflow,
    /// The amounts are of two currencies; none is converted by itself.
    #[error("{0} and {1} do not add up")]
    CurrencyMismatch(Currency, Currency),
}

impl Refusal for MoneyError {
    fn code(&self) -> ProblemCode {
        ProblemCode::InvalidInput
    }

    fn fields(&self) -> Vec<FieldError> {
        let code = match self {
            Self::Overflow => FieldCode::OutOfRange,
            Self::CurrencyMismatch(..) => FieldCode::Contradicts,
        };
        vec![FieldError { pointer: String::new(), code }]
    }
}

impl Money {
    /// An amount in minor units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency: where a sum starts.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// This amount and another.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.with(other, i64::checked_add)
    }

    /// This amount less another.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.with(other, i64::checked_sub)
    }

    /// This amount for each of `quantity` pieces.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(quantity)).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The sum of amounts, all in `currency`.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    fn with(self, other: Self, combine: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        let minor = combine(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }
}

/// Writes `1250.500 KWD`: every decimal of the currency, no thousands, for logs and documents.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let places = usize::from(self.currency.exponent());
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = places.saturating_add(1));
        let (whole, part) = digits.split_at_checked(digits.len().saturating_sub(places)).unwrap_or((&digits, ""));
        write!(formatter, "{sign}{whole}.{part} {}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vocabulary::Coded;

    #[test]
    fn dinars_have_three_decimals_and_the_rest_two() {
        let three: Vec<&str> =
            Currency::ALL.iter().filter(|currency| currency.exponent() == 3).map(|currency| currency.code()).collect();
        assert_eq!(three, ["KWD", "BHD", "OMR", "JOD", "IQD", "LYD", "TND"]);
        assert!(Currency::ALL.iter().all(|currency| matches!(currency.exponent(), 2 | 3)));
    }

    #[test]
    fn an_amount_is_written_with_every_decimal() {
        for (minor, currency, text) in [
            (1_250_500, Currency::Kwd, "1250.500 KWD"),
            (1_250_500, Currency::Eur, "12505.00 EUR"),
            (5, Currency::Try, "0.05 TRY"),
            (-5, Currency::Omr, "-0.005 OMR"),
            (0, Currency::Usd, "0.00 USD"),
            (i64::MIN, Currency::Usd, "-92233720368547758.08 USD"),
        ] {
            assert_eq!(Money::new(minor, currency).to_string(), text);
        }
    }

    #[test]
    fn two_currencies_do_not_add_up() {
        let (lira, euro) = (Money::new(1, Currency::Try), Money::new(1, Currency::Eur));
        let refused = Err(MoneyError::CurrencyMismatch(Currency::Try, Currency::Eur));
        assert_eq!(lira.plus(euro), refused);
        assert_eq!(lira.minus(euro), refused);
        assert_eq!(Money::sum(Currency::Try, [lira, euro]), refused);
    }

    #[test]
    fn an_amount_that_does_not_fit_is_refused() {
        let most = Money::new(i64::MAX, Currency::Usd);
        assert_eq!(most.plus(Money::new(1, Currency::Usd)), Err(MoneyError::Overflow));
        assert_eq!(Money::new(i64::MIN, Currency::Usd).minus(Money::new(1, Currency::Usd)), Err(MoneyError::Overflow));
        assert_eq!(most.times(2), Err(MoneyError::Overflow));
        assert_eq!(MoneyError::Overflow.code(), ProblemCode::InvalidInput);
    }

    proptest! {
        #[test]
        fn what_is_added_can_be_taken_away(left in any::<i64>(), right in any::<i64>()) {
            let (left, right) = (Money::new(left, Currency::Kwd), Money::new(right, Currency::Kwd));
            prop_assert_eq!(left.plus(right), right.plus(left));
            if let Ok(sum) = left.plus(right) {
                prop_assert_eq!(sum.minus(right), Ok(left));
            }
        }

        #[test]
        fn times_is_adding_again_and_again(minor in -1_000_000_i64..1_000_000, quantity in 0_u32..50) {
            let price = Money::new(minor, Currency::Sar);
            let pieces = (0..quantity).map(|_| price);
            prop_assert_eq!(price.times(quantity), Money::sum(Currency::Sar, pieces));
        }

        #[test]
        fn the_digits_written_are_the_minor_units(minor in any::<i64>(), at in 0..Currency::ALL.len()) {
            let currency = Currency::ALL.get(at).copied().unwrap_or(Currency::Usd);
            let text = Money::new(minor, currency).to_string();
            let digits: String = text.chars().filter(|letter| letter.is_ascii_digit() || *letter == '-').collect();
            prop_assert_eq!(digits.parse(), Ok(minor));
        }
    }
}
