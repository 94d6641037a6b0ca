//! Whether two records may be of one person: the duplicate score of domain §9.3.
//!
//! The score proposes and a person decides. Nothing here merges, and no score is high enough to.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{Datelike, NaiveDate};

use crate::text::{CountryCode, Phone};
use crate::time::{DatePrecision, PartialDate};
use crate::vocabulary::coded;

/// The score from which registration waits until someone has decided.
const LIKELY_FROM: u16 = 850;
/// The score from which the pair goes to the queue for review.
const POSSIBLE_FROM: u16 = 600;
/// The Jaro-Winkler similarity from which two keys are taken for spellings of one name.
const SIMILAR_FROM: f64 = 0.92;
/// A shorter name is found within a longer one only by so many words: one is too common.
const MIN_WORDS_WITHIN: usize = 2;

coded! {
    /// What speaks for two records being of one person (domain §9.3).
    pub enum Evidence: "match_evidence" {
        PassportEqual = "passport_equal" => "The same passport", "جواز السفر نفسه", "Aynı pasaport";
        NameEqual = "name_equal" => "The same Arabic name", "الاسم العربي نفسه", "Aynı Arapça ad";
        NameWords = "name_words" => "The same words in the Arabic name", "كلمات الاسم العربي نفسها", "Arapça adda aynı sözcükler";
        NameSimilar = "name_similar" => "A similar Arabic name", "اسم عربي مشابه", "Benzer Arapça ad";
        BirthEqual = "birth_equal" => "The same date of birth", "تاريخ الميلاد نفسه", "Aynı doğum tarihi";
        BirthSwapped = "birth_swapped" => "The same date of birth with day and month swapped", "تاريخ الميلاد نفسه مع تبديل اليوم والشهر", "Gün ve ayı yer değiştirmiş aynı doğum tarihi";
        BirthYear = "birth_year" => "The same year of birth, as far as it is known", "سنة الميلاد نفسها بقدر المعلوم", "Bilindiği kadarıyla aynı doğum yılı";
        BirthRegistryDefault = "birth_registry_default" => "The same year of birth, estimated as 1 January or 1 July", "سنة الميلاد نفسها مقدّرة بالأول من يناير أو يوليو", "1 Ocak ya da 1 Temmuz diye tahmin edilmiş aynı doğum yılı";
        PhoneEqual = "phone_equal" => "A shared phone number", "رقم هاتف مشترك", "Ortak telefon numarası";
        SexEqual = "sex_equal" => "The same sex", "الجنس نفسه", "Aynı cinsiyet";
        NationalityEqual = "nationality_equal" => "The same nationality", "الجنسية نفسها", "Aynı uyruk";
        LatinKeyEqual = "latin_key_equal" => "A like-sounding Latin name", "اسم لاتيني متشابه في النطق", "Benzer okunan Latin harfli ad";
        /// Speaks against, and weighs nothing: whoever decides must see it, above all beside an equal passport.
        BirthDiffers = "birth_differs" => "Different dates of birth", "تاريخا ميلاد مختلفان", "Farklı doğum tarihleri";
    }

    /// What a score means for the person who registers (domain §9.3).
    pub enum Likelihood: "match_likelihood" {
        Likely = "likely" => "Likely the same person", "على الأرجح الشخص نفسه", "Büyük olasılıkla aynı kişi";
        Possible = "possible" => "Possibly the same person", "ربما الشخص نفسه", "Aynı kişi olabilir";
        Unlikely = "unlikely" => "Unlikely to be the same person", "من غير المرجح أن يكون الشخص نفسه", "Aynı kişi olması olası değil";
    }
}

impl Evidence {
    /// What it adds to the score, in thousandths (domain §9.3).
    #[must_use]
    pub const fn weight(self) -> u16 {
        match self {
            Self::PassportEqual => Score::CERTAIN,
            Self::NameEqual => 400,
            Self::NameWords => 300,
            Self::BirthEqual => 250,
            Self::NameSimilar => 200,
            Self::PhoneEqual => 150,
            Self::LatinKeyEqual => 120,
            Self::BirthSwapped | Self::BirthYear => 100,
            Self::BirthRegistryDefault | Self::NationalityEqual => 50,
            Self::SexEqual => 30,
            Self::BirthDiffers => 0,
        }
    }
}

/// What identifies a person, as far as it is known. Nothing unknown counts for or against.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The key of the Arabic name, by [`name_key`](crate::text::arabic::name_key).
    pub arabic_key: Option<String>,
    /// The key of the name in the passport, by [`blocking_key`](crate::text::latin::blocking_key).
    pub latin_key: Option<String>,
    /// The date of birth.
    pub birth: Option<Birth>,
    /// Every phone number; relatives share them, so one alone says little.
    pub phones: Vec<Phone>,
    /// The code of the sex, absent when it is unknown.
    pub sex: Option<&'static str>,
    /// The nationality.
    pub nationality: Option<CountryCode>,
    /// Every passport, old ones too.
    pub passports: Vec<Passport>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(***)")
    }
}

/// A date of birth, and whether it was estimated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Birth {
    /// The date, as far as it is known.
    pub date: PartialDate,
    /// Whether it stands for an unknown day, as registries write 1 January or 1 July (domain §9.4).
    pub estimated: bool,
}

impl fmt::Debug for Birth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Birth(***)")
    }
}

/// A passport: its number is unique within the country that issued it.
#[derive(Clone, PartialEq, Eq)]
pub struct Passport {
    /// The issuing country.
    pub country: CountryCode,
    /// The number in its one written form, `[A-Z0-9]{5,12}` (domain §7.1).
    pub number: String,
}

impl fmt::Debug for Passport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passport(***)")
    }
}

/// How much speaks for two records being of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The sum of the weights, 0 to [`Score::CERTAIN`].
    pub thousandths: u16,
    /// What it is made of, and what speaks against.
    pub evidence: Vec<Evidence>,
}

impl Score {
    /// The highest score; even so a person decides.
    pub const CERTAIN: u16 = 1000;

    /// What the score means.
    #[must_use]
    pub const fn likelihood(&self) -> Likelihood {
        match self.thousandths {
            LIKELY_FROM.. => Likelihood::Likely,
            POSSIBLE_FROM.. => Likelihood::Possible,
            _ => Likelihood::Unlikely,
        }
    }
}

/// Compares two records; the order does not matter.
#[must_use]
pub fn score(left: &Identity, right: &Identity) -> Score {
    let found = [
        left.passports.iter().any(|passport| right.passports.contains(passport)).then_some(Evidence::PassportEqual),
        both(known(left.arabic_key.as_ref()), known(right.arabic_key.as_ref()))
            .and_then(|(left, right)| compare_names(left, right)),
        both(left.birth, right.birth).map(|(left, right)| compare_births(left, right)),
        left.phones.iter().any(|phone| right.phones.contains(phone)).then_some(Evidence::PhoneEqual),
        both(left.sex, right.sex).filter(|(left, right)| left == right).map(|_| Evidence::SexEqual),
        both(left.nationality, right.nationality)
            .filter(|(left, right)| left == right)
            .map(|_| Evidence::NationalityEqual),
        both(known(left.latin_key.as_ref()), known(right.latin_key.as_ref()))
            .filter(|(left, right)| words(left) == words(right))
            .map(|_| Evidence::LatinKeyEqual),
    ];
    let evidence: Vec<Evidence> = found.into_iter().flatten().collect();
    let sum = evidence.iter().map(|evidence| evidence.weight()).fold(0, u16::saturating_add);
    Score { thousandths: sum.min(Score::CERTAIN), evidence }
}

fn both<T>(left: Option<T>, right: Option<T>) -> Option<(T, T)> {
    left.zip(right)
}

/// A key that is empty says as little as one that is absent.
fn known(key: Option<&String>) -> Option<&str> {
    key.map(String::as_str).filter(|key| !key.is_empty())
}

/// The words of a key in no order: passports put the surname first, people do not.
fn words(key: &str) -> BTreeSet<&str> {
    key.split(' ').collect()
}

/// Word for word, or a shorter chain of forefathers within a longer one, or nearly the same letters.
fn compare_names(left: &str, right: &str) -> Option<Evidence> {
    if left == right {
        return Some(Evidence::NameEqual);
    }
    let (left_words, right_words) = (words(left), words(right));
    let within = left_words.is_subset(&right_words) || right_words.is_subset(&left_words);
    if left_words == right_words || (within && left_words.len().min(right_words.len()) >= MIN_WORDS_WITHIN) {
        return Some(Evidence::NameWords);
    }
    // The measure depends on the order in rare cases; ours must not.
    (strsim::jaro_winkler(left.min(right), left.max(right)) >= SIMILAR_FROM).then_some(Evidence::NameSimilar)
}

fn compare_births(left: Birth, right: Birth) -> Evidence {
    let (left_day, right_day) = (left.date.first_day(), right.date.first_day());
    let to_the_day = left.date.precision() == DatePrecision::Day && right.date.precision() == DatePrecision::Day;
    if left.date.year() != right.date.year() {
        Evidence::BirthDiffers
    } else if is_registry_default(left) || is_registry_default(right) {
        Evidence::BirthRegistryDefault
    } else if to_the_day && left_day == right_day {
        Evidence::BirthEqual
    } else if to_the_day && left_day.day() == right_day.month() && left_day.month() == right_day.day() {
        Evidence::BirthSwapped
    } else if left.estimated || right.estimated || agree_as_far_as_known(left.date, right.date) {
        Evidence::BirthYear
    } else {
        Evidence::BirthDiffers
    }
}

/// Whether the day is the one that registries write when they do not know it.
fn is_registry_default(birth: Birth) -> bool {
    let day: NaiveDate = birth.date.first_day();
    birth.estimated && birth.date.precision() == DatePrecision::Day && day.day() == 1 && matches!(day.month(), 1 | 7)
}

/// Whether two dates of one year may be the same day, one of them being known less exactly.
fn agree_as_far_as_known(left: PartialDate, right: PartialDate) -> bool {
    match left.precision().min(right.precision()) {
        DatePrecision::Year => true,
        DatePrecision::Month => left.first_day().month() == right.first_day().month(),
        DatePrecision::Day => left.first_day() == right.first_day(),
    }
}

#[cfg(test)]
mod tests;
