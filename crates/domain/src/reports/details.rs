//! The payload of a fact, part by part under the names of the interface: what is stored and what
//! readers are shown. The names are the contract with both and never change.

use chrono::NaiveDate;

use super::{DischargeFacts, Fact, Whereabouts};
use crate::money::Money;
use crate::referrals::{Acceptance, Schedule};
use crate::sensitive::Sensitive;
use crate::surgery::OperationRecord;
use crate::text::{Line, Prose};
use crate::vocabulary::{Coded, coded};

coded! {
    /// Where a patient goes whose operation does not take place.
    pub enum WhereaboutsCode: "whereabouts" {
        Convalescence = "convalescence" => "Out of the hospital, to rest in the country", "خارج المستشفى للنقاهة داخل البلد", "Hastaneden çıkıp ülkede dinlenmeye";
        Arrived = "arrived" => "Back to waiting for the operation", "العودة إلى انتظار العملية", "Ameliyatı beklemeye geri";
    }
}
