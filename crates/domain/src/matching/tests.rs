//! The duplicate score as tables, and that no order and no lack changes it unduly.

use proptest::prelude::*;

use super::*;
use crate::text::{arabic::name_key, latin::blocking_key};

fn named(arabic: &str, latin: &str) -> Identity {
    Identity { arabic_key: Some(name_key(arabic)), latin_key: Some(blocking_key(latin)), ..Identity::default() }
}

fn born(date: &str, estimated: bool) -> Identity {
    let birth = PartialDate::parse(date).ok().map(|date| Birth { date, estimated });
    assert!(birth.is_some(), "{date}");
    Identity { birth, ..Identity::default() }
}

/// A man from Kuwait with everything known.
fn full(arabic: &str, latin: &str, passport: &str) -> Identity {
    let kuwait = CountryCode::parse("KW").ok();
    Identity {
        phones: Phone::parse("+96550012345", None).into_iter().collect(),
        sex: Some("male"),
        nationality: kuwait,
        passports: kuwait.map(|country| Passport { country, number: passport.to_owned() }).into_iter().collect(),
        birth: born("1975-03-09", false).birth,
        ..named(arabic, latin)
    }
}

fn check(left: &Identity, right: &Identity, thousandths: u16, evidence: &[Evidence]) {
    for found in [score(left, right), score(right, left)] {
        assert_eq!(found, Score { thousandths, evidence: evidence.to_vec() });
    }
}

#[test]
fn nothing_known_speaks_for_nobody() {
    check(&Identity::default(), &Identity::default(), 0, &[]);
    check(&named("", ""), &named("", ""), 0, &[]);
}

#[test]
fn names_weigh_by_how_close_they_are() {
    let check_names = |left: &str, right: &str, thousandths, evidence: &[Evidence]| {
        check(&named(left, ""), &named(right, ""), thousandths, evidence);
    };
    check_names("محمد بن علي الخطيب", "مُحمّد على خطيب", 400, &[Evidence::NameEqual]);
    check_names("محمد علي الخطيب", "الخطيب محمد علي", 300, &[Evidence::NameWords]);
    check_names("محمد علي", "محمد علي حسن الخطيب", 300, &[Evidence::NameWords]);
    check_names("محمد", "محمود", 200, &[Evidence::NameSimilar]);
    check_names("محمد", "خالد محمد سعيد", 0, &[]);
    check_names("فاطمة", "خالد", 0, &[]);
}

#[test]
fn births_weigh_by_what_is_known_of_them() {
    use Evidence::{BirthDiffers, BirthEqual, BirthRegistryDefault, BirthSwapped, BirthYear};
    for (left, right, thousandths, evidence) in [
        (born("1975-03-09", false), born("1975-03-09", false), 250, BirthEqual),
        (born("1975-01-01", false), born("1975-01-01", false), 250, BirthEqual),
        (born("1975-03-09", false), born("1975-09-03", false), 100, BirthSwapped),
        (born("1975", false), born("1975-09-03", false), 100, BirthYear),
        (born("1975", false), born("1975", true), 100, BirthYear),
        (born("1975-09", false), born("1975-09-03", false), 100, BirthYear),
        (born("1975-03-09", true), born("1975-03-11", false), 100, BirthYear),
        (born("1975-01-01", true), born("1975-01-01", true), 50, BirthRegistryDefault),
        (born("1975-01-01", true), born("1975-07-01", true), 50, BirthRegistryDefault),
        (born("1975-07-01", true), born("1975-03-09", false), 50, BirthRegistryDefault),
        (born("1975-09", false), born("1975-08-03", false), 0, BirthDiffers),
        (born("1975-03-09", false), born("1975-03-10", false), 0, BirthDiffers),
        (born("1975-01-01", true), born("1976-01-01", true), 0, BirthDiffers),
    ] {
        check(&left, &right, thousandths, &[evidence]);
    }
}

#[test]
fn one_passport_is_certain_even_when_the_birth_differs() {
    let registered = full("محمد علي", "Mohammed Ali", "P1234567");
    let arriving =
        Identity {
            birth: born("1980-01-05", false).birth, phones: Vec::new(), ..full("خالد", "Khalid", "P1234567")
        };
    let found = score(&registered, &arriving);
    assert_eq!((found.thousandths, found.likelihood()), (Score::CERTAIN, Likelihood::Likely));
    assert!(found.evidence.contains(&Evidence::BirthDiffers));
}

#[test]
fn one_passport_number_of_two_countries_is_not_one_passport() {
    let passport = |country| {
        let passports =
            CountryCode::parse(country).ok().map(|country| Passport { country, number: "P1234567".to_owned() });
        Identity { passports: passports.into_iter().collect(), ..Identity::default() }
    };
    check(&passport("KW"), &passport("SA"), 0, &[]);
    check(&passport("KW"), &passport("KW"), 1000, &[Evidence::PassportEqual]);
}

#[test]
fn all_but_the_passport_makes_a_whole() {
    let found = score(&full("محمد علي", "Mohammed Ali", "P1234567"), &full("محمد علي", "ALI Muhammad", "N7654321"));
    assert_eq!((found.thousandths, found.likelihood()), (1000, Likelihood::Likely));
}

#[test]
fn mohammed_and_mahmoud_are_not_likely_one_person() {
    let mohammed = named("محمد", "Mohammed");
    let mahmoud = named("محمود", "Mahmoud");
    check(&mohammed, &mahmoud, 320, &[Evidence::NameSimilar, Evidence::LatinKeyEqual]);
    assert_eq!(score(&mohammed, &mahmoud).likelihood(), Likelihood::Unlikely);
    // Twins who share the phone of their family: a person decides.
    let twins = score(&full("محمد", "Mohammed", "P1234567"), &full("محمود", "Mahmoud", "P1234568"));
    assert_eq!((twins.thousandths, twins.likelihood()), (800, Likelihood::Possible));
}

#[test]
fn a_family_phone_alone_is_unlikely() {
    let father = full("علي حسن", "Ali Hasan", "P1234567");
    let son = Identity {
        birth: born("2001-05-20", false).birth,
        ..full("محمد علي حسن", "Mohammed Ali Hasan", "P7654321")
    };
    assert_eq!(score(&father, &son).likelihood(), Likelihood::Unlikely);
}

#[test]
fn the_bounds_of_each_likelihood() {
    use Likelihood::{Likely, Possible, Unlikely};
    for (thousandths, likelihood) in
        [(0, Unlikely), (599, Unlikely), (600, Possible), (849, Possible), (850, Likely), (1000, Likely)]
    {
        assert_eq!(Score { thousandths, evidence: Vec::new() }.likelihood(), likelihood, "{thousandths}");
    }
}

#[test]
fn an_identity_does_not_show_when_debugged() {
    assert_eq!(format!("{:?}", full("محمد", "Mohammed", "P1234567")), "Identity(***)");
}

fn identities() -> impl Strategy<Value = Identity> {
    let name = "[محدوعلي]{0,6}( [محدوعلي]{1,5}){0,2}";
    let date = prop_oneof!["19[67][0-9]", "197[0-2]-0[1-9]", "197[0-2]-0[1-3]-0[1-3]"];
    (name, "[a-z ]{0,8}", date, any::<bool>(), prop::option::of(prop_oneof![Just("male"), Just("female")])).prop_map(
        |(arabic, latin, date, estimated, sex)| Identity {
            sex,
            birth: born(&date, estimated).birth,
            ..named(&arabic, &latin)
        },
    )
}

proptest! {
    #[test]
    fn the_order_does_not_matter_and_the_sum_is_bounded(left in identities(), right in identities()) {
        let found = score(&left, &right);
        prop_assert_eq!(&score(&right, &left), &found);
        prop_assert!(found.thousandths <= Score::CERTAIN);
        prop_assert!(score(&left, &left).thousandths >= found.thousandths, "nobody is more like another than like themselves");
    }
}
