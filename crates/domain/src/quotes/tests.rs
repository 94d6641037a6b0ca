use chrono::{TimeDelta, TimeZone};
use uuid::Uuid;

use super::*;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn today() -> NaiveDate {
    now().date_naive()
}

fn text() -> Line {
    Line::parse("As agreed", 200).unwrap()
}

fn a_line(kind: QuoteLineKind, quantity: u32, unit_price_minor: i64) -> QuoteLine {
    QuoteLine { kind, description: text(), quantity, unit_price_minor, inclusion: QuoteLineInclusion::Included }
}

fn offer() -> Offer {
    Offer {
        currency: Currency::Eur,
        lines: vec![a_line(QuoteLineKind::Surgery, 1, 1_000_000), a_line(QuoteLineKind::Hotel, 7, 9_000)],
        deposit_minor: 200_000,
        valid_until: today() + TimeDelta::days(14),
    }
}

fn quote(state: QuoteState) -> Quote {
    Quote {
        id: Uuid::from_u128(1).into(),
        case_id: Uuid::from_u128(2).into(),
        referral_id: Uuid::from_u128(3).into(),
        cycle: 1,
        revision: 1,
        language: Language::Arabic,
        offer: offer(),
        content_hash: "this".to_owned(),
        state,
        issued_at: Some(now()),
        acceptance: None,
        created_by: Uuid::from_u128(4).into(),
        version: Version::FIRST,
    }
}

fn acceptance(accepted_at: DateTime<Utc>) -> QuoteAcceptance {
    QuoteAcceptance { accepted_at, channel: AcceptanceChannel::Whatsapp, evidence: text(), terms_version: text() }
}

/// The states in which an operation works, each with the state that it leads to.
fn check<E>(operation: impl Fn(Quote) -> Result<Quote, E>, moves: &[(QuoteState, QuoteState)]) {
    for state in QuoteState::ALL {
        let expected = moves.iter().find(|(from, _)| from == state).map(|(_, to)| *to);
        assert_eq!(operation(quote(*state)).ok().map(|after| after.state), expected, "{state}");
    }
}

#[test]
fn each_operation_moves_what_it_should() {
    use QuoteState::{Accepted, Cancelled, Draft, Expired, Issued, PendingApproval, Rejected, Superseded, Withdrawn};
    check(|it| it.issue(&[Party::Coordinator], now()), &[(Draft, Issued)]);
    check(|it| it.issue(&[Party::Finance], now()), &[(Draft, Issued), (PendingApproval, Issued)]);
    check(|it| it.accept("this", acceptance(now()), now()), &[(Issued, Accepted)]);
    check(Quote::reject, &[(Issued, Rejected)]);
    check(|it| it.expire(today() + TimeDelta::days(15)), &[(Issued, Expired)]);
    check(|it| it.expire(today() + TimeDelta::days(14)), &[]);
    check(Quote::supersede, &[(Draft, Superseded), (PendingApproval, Superseded), (Issued, Superseded)]);
    check(
        Quote::cancel,
        &[(Draft, Withdrawn), (PendingApproval, Withdrawn), (Issued, Withdrawn), (Accepted, Cancelled)],
    );
}

#[test]
fn a_discount_waits_for_finance_or_a_lead() {
    let mut discounted = quote(QuoteState::Draft);
    discounted.offer.lines.push(a_line(QuoteLineKind::Discount, 1, 1));
    let waiting = discounted.clone().issue(&[Party::Coordinator], now()).unwrap();
    assert_eq!(waiting.state, QuoteState::PendingApproval);
    assert_eq!(discounted.issue(&[Party::Lead], now()).unwrap().state, QuoteState::Issued);
}

#[test]
fn only_this_version_is_accepted_between_its_issue_and_its_last_day() {
    let accept = |hash, at| quote(QuoteState::Issued).accept(hash, acceptance(at), now()).unwrap_err();
    assert_eq!(accept("other", now()), AcceptQuoteError::OtherVersion);
    assert_eq!(accept("this", now() + TimeDelta::days(15)), AcceptQuoteError::Expired);
    let at = |code| AcceptQuoteError::Invalid(Invalid::at("/accepted_at", code));
    assert_eq!(accept("this", now() + TimeDelta::days(1)), at(FieldCode::InTheFuture));
    assert_eq!(accept("this", now() - TimeDelta::seconds(1)), at(FieldCode::OutOfOrder));
}

#[test]
fn the_total_takes_discounts_off_and_leaves_out_what_is_not_included() {
    let mut given = offer();
    given.lines.push(a_line(QuoteLineKind::Discount, 1, 50_000));
    given
        .lines
        .push(QuoteLine { inclusion: QuoteLineInclusion::Optional, ..a_line(QuoteLineKind::Companion, 1, 99_999) });
    assert_eq!(given.total(), Ok(Money::new(1_013_000, Currency::Eur)));
}

#[test]
fn an_impossible_offer_is_refused() {
    let wrong = |change: fn(&mut Offer)| {
        let mut given = offer();
        change(&mut given);
        given.check(today()).err().map(|refused| refused.0.into_iter().map(|field| field.pointer).collect::<Vec<_>>())
    };
    let places = |pointers: &[&str]| Some(pointers.iter().map(|pointer| (*pointer).to_owned()).collect::<Vec<_>>());
    assert_eq!(wrong(|_| ()), None);
    assert_eq!(wrong(|it| it.lines.clear()), places(&["/lines", "/deposit_minor"]));
    assert_eq!(
        wrong(|it| it.lines[0].quantity = 0),
        places(&["/lines/0/quantity"]).map(|mut it| {
            it.push("/deposit_minor".to_owned());
            it
        })
    );
    assert_eq!(wrong(|it| it.lines[1].quantity = 1_001), places(&["/lines/1/quantity"]));
    assert_eq!(wrong(|it| it.lines[1].unit_price_minor = -1), places(&["/lines/1/unit_price_minor"]));
    assert_eq!(wrong(|it| it.valid_until = today() - TimeDelta::days(1)), places(&["/valid_until"]));
    assert_eq!(wrong(|it| it.deposit_minor = -1), places(&["/deposit_minor"]));
    assert_eq!(wrong(|it| it.deposit_minor = 2_000_000), places(&["/deposit_minor"]));
    assert_eq!(wrong(|it| it.lines[0].unit_price_minor = i64::MAX), places(&["/lines", "/deposit_minor"]));
    let discount = |it: &mut Offer| it.lines.push(a_line(QuoteLineKind::Discount, 2, 1_000_000));
    assert_eq!(wrong(discount), places(&["/lines", "/deposit_minor"]));
}

#[test]
fn every_fact_of_an_offer_is_in_its_text() {
    let plain = offer().canonical_text();
    let changes: [fn(&mut Offer); 6] = [
        |it| it.currency = Currency::Usd,
        |it| it.deposit_minor = 1,
        |it| it.valid_until = it.valid_until.succ_opt().unwrap(),
        |it| it.lines[0].quantity = 2,
        |it| it.lines[0].inclusion = QuoteLineInclusion::Excluded,
        |it| it.lines.reverse(),
    ];
    for change in changes {
        let mut other = offer();
        change(&mut other);
        assert_ne!(other.canonical_text(), plain);
    }
}
