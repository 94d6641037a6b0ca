//! Time: instants in UTC, plain days, and dates that are known only in part.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};

use crate::refusal::{FieldCode, FieldResult};
use crate::vocabulary::coded;

/// How far ahead of our clock a reported time may lie: clocks of partners differ (domain §6.1).
pub const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The clock. Passed in, so that every rule about time can be tested.
pub trait Clock: Send + Sync {
    /// The present instant, [`in_microseconds`].
    fn now(&self) -> DateTime<Utc>;
}

/// The instant in whole microseconds: the two databases differ below that, and what was read back must
/// equal what was written. Every instant from outside passes here, a clock's and a caller's.
#[must_use]
pub fn in_microseconds(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

/// The years that a record names: nothing of ours is older, and the databases compare only years of
/// four digits as the calendar does.
const RECORDED_YEARS: RangeInclusive<i32> = 1900..=9999;

/// Accepts a day that a record can name. Every day and every instant of a caller passes here.
///
/// # Errors
/// [`FieldCode::OutOfRange`] for a year before 1900 or of more than four digits.
pub fn recordable(day: NaiveDate) -> FieldResult<NaiveDate> {
    if RECORDED_YEARS.contains(&day.year()) { Ok(day) } else { Err(FieldCode::OutOfRange) }
}

/// Accepts the time of something that has happened.
///
/// # Errors
/// [`FieldCode::InTheFuture`] when it lies more than [`CLOCK_TOLERANCE`] ahead.
pub fn happened(at: DateTime<Utc>, now: DateTime<Utc>) -> FieldResult<DateTime<Utc>> {
    if at > now + CLOCK_TOLERANCE { Err(FieldCode::InTheFuture) } else { Ok(at) }
}

coded! {
    /// How exactly a date is known.
    pub enum DatePrecision: "date_precision" {
        Year = "year" => "year only", "السنة فقط", "yalnızca yıl";
        Month = "month" => "year and month", "السنة والشهر", "yıl ve ay";
        Day = "day" => "full date", "تاريخ كامل", "tam tarih";
    }
}

/// A date known to the year, the month or the day: `1961`, `1961-07` or `1961-07-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartialDate {
    first_day: NaiveDate,
    precision: DatePrecision,
}

impl PartialDate {
    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD` in ASCII digits.
    ///
    /// # Errors
    /// [`FieldCode::Malformed`] for another form, or for a day that the calendar does not have.
    pub fn parse(text: &str) -> FieldResult<Self> {
        let (padded, precision) = match text.len() {
            4 => (format!("{text}-01-01"), DatePrecision::Year),
            7 => (format!("{text}-01"), DatePrecision::Month),
            10 => (text.to_owned(), DatePrecision::Day),
            _ => return Err(FieldCode::Malformed),
        };
        let digits_in_place = padded
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        let first_day = NaiveDate::parse_from_str(&padded, "%Y-%m-%d").ok().filter(|_| digits_in_place);
        Ok(Self { first_day: first_day.ok_or(FieldCode::Malformed)?, precision })
    }

    /// A date known to the day.
    #[must_use]
    pub const fn day(day: NaiveDate) -> Self {
        Self { first_day: day, precision: DatePrecision::Day }
    }

    /// The first day that the date may mean.
    #[must_use]
    pub const fn first_day(self) -> NaiveDate {
        self.first_day
    }

    /// The last day that the date may mean.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        let months = match self.precision {
            DatePrecision::Year => 12,
            DatePrecision::Month => 1,
            DatePrecision::Day => return self.first_day,
        };
        let next = self.first_day.checked_add_months(Months::new(months));
        next.and_then(|day| day.pred_opt()).unwrap_or(self.first_day)
    }

    /// How exactly it is known.
    #[must_use]
    pub const fn precision(self) -> DatePrecision {
        self.precision
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.first_day.year()
    }

    /// Completed years between this date and `today`, by the earliest day that it may mean.
    #[must_use]
    pub fn years_until(self, today: NaiveDate) -> u32 {
        today.years_since(self.first_day).unwrap_or(0)
    }
}

impl std::fmt::Display for PartialDate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form = match self.precision {
            DatePrecision::Year => "%Y",
            DatePrecision::Month => "%Y-%m",
            DatePrecision::Day => "%Y-%m-%d",
        };
        self.first_day.format(form).fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_cut_to_microseconds_never_rounded_up() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (given, kept) in [
            ("2026-03-02T09:00:00.123456999Z", "2026-03-02T09:00:00.123456Z"),
            ("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999Z"),
            ("2026-03-02T12:00:00.5+03:00", "2026-03-02T09:00:00.5Z"),
        ] {
            assert_eq!(in_microseconds(at(given)), at(kept), "{given}");
        }
    }

    #[test]
    fn a_record_names_days_from_1900_on_in_four_digits_of_year() {
        let day = |year| NaiveDate::from_ymd_opt(year, 6, 1).unwrap();
        for year in [1900, 2026, 9999] {
            assert_eq!(recordable(day(year)), Ok(day(year)));
        }
        for year in [-1, 0, 1899, 10_000] {
            assert_eq!(recordable(day(year)), Err(FieldCode::OutOfRange), "{year}");
        }
    }

    #[test]
    fn a_partial_date_reads_and_writes_each_precision() {
        for text in ["1961", "1961-07", "1961-07-31"] {
            assert_eq!(PartialDate::parse(text).map(|date| date.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_partial_date_refuses_other_forms_and_impossible_days() {
        for text in ["", "61", "1961-13", "1961-02-30", "1961/02/03", "+961-01-01", "19610203"] {
            assert_eq!(PartialDate::parse(text), Err(FieldCode::Malformed), "{text}");
        }
    }
}
