//! The numbers that people use: counted on in the same unit that uses them, with a check digit.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{EntityTrait, ExprTrait};

use crate::entity::counter::{ActiveModel, Column, Entity};
use crate::error::StoreError;
use crate::store::Tx;

/// The next number of a year's series, such as `BMC-2026-000017-5`. The last digit checks the six before it.
///
/// # Errors
/// [`StoreError`] of writing.
pub async fn next(tx: &Tx, prefix: &str, year: i32) -> Result<String, StoreError> {
    let first = ActiveModel { name: Set(format!("{prefix}-{year}")), value: Set(1) };
    let count_on =
        OnConflict::column(Column::Name).value(Column::Value, Expr::col((Entity, Column::Value)).add(1)).to_owned();
    let row = Entity::insert(first).on_conflict(count_on).exec_with_returning(tx.connection()).await?;
    let digits = format!("{:06}", row.value);
    Ok(format!("{prefix}-{year}-{digits}-{}", check_digit(&digits)))
}

/// The Luhn digit (ISO/IEC 7812-1, annex B): finds every single wrong digit and most swaps.
fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match (place % 2 == 0, digit) {
            (false, digit) => digit,
            (true, digit) if digit > 4 => digit * 2 - 9,
            (true, digit) => digit * 2,
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::check_digit;

    #[test]
    fn the_check_digit_is_that_of_luhn() {
        assert_eq!(check_digit("7992739871"), 3);
        assert_eq!(check_digit("000000"), 0);
        assert_ne!(check_digit("000012"), check_digit("000021"));
    }
}
