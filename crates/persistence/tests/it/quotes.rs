//! Quotes: amounts read back as they were written, and an issued one stays as it is.

use chrono::NaiveDate;
use rafiq_domain::cases::{Case, Party};
use rafiq_domain::ids::QuoteId;
use rafiq_domain::money::Currency;
use rafiq_domain::paging::Version;
use rafiq_domain::policy::{Action, ObjectKind, Permitted};
use rafiq_domain::quotes::{Offer, Quote, QuoteAcceptance, QuoteLine};
use rafiq_domain::vocabulary::{AcceptanceChannel, Language, QuoteLineInclusion, QuoteLineKind, QuoteState};
use rafiq_persistence::error::StoreError;
use rafiq_persistence::store::{Backend, Store};
use rafiq_persistence::{case_files, cases, db_test, quotes};

use crate::fixtures::{allowed, at, id, lead, line, plant_referred, unit};

fn offer(currency: Currency, unit_price_minor: i64) -> Offer {
    let of = |kind, quantity, unit_price_minor, inclusion| QuoteLine {
        kind,
        description: line("جراحة تخفيف الضغط الوعائي المجهري"),
        quantity,
        unit_price_minor,
        inclusion,
    };
    Offer {
        currency,
        lines: vec![
            of(QuoteLineKind::Surgery, 1, unit_price_minor, QuoteLineInclusion::Included),
            of(QuoteLineKind::IcuNight, 2, 1, QuoteLineInclusion::OnActual),
        ],
        deposit_minor: 1,
        valid_until: NaiveDate::from_ymd_opt(2026, 4, 1).unwrap(),
    }
}

fn draft(case: &Case, number: u128, revision: i16, offer: Offer) -> Permitted<Quote> {
    let quote = Quote {
        id: id(number),
        case_id: case.id,
        referral_id: id(case.id.uuid().as_u128()),
        cycle: case.surgery_cycle,
        revision,
        language: Language::Arabic,
        offer,
        content_hash: "00ff".repeat(16),
        state: QuoteState::Draft,
        issued_at: None,
        acceptance: None,
        created_by: lead(),
        version: Version::FIRST,
    };
    written(quote)
}

fn written(quote: Quote) -> Permitted<Quote> {
    allowed(Action::WriteQuote, ObjectKind::Case, quote)
}

async fn plant(store: &Store, quote: &Permitted<Quote>) {
    unit(store, async |tx| quotes::insert(tx, quote).await).await.unwrap();
}

async fn change(
    store: &Store,
    case: &Case,
    id: QuoteId,
    change: impl FnOnce(Quote) -> Quote,
) -> Result<Version, StoreError> {
    unit(store, async |tx| {
        let quote = quotes::find(tx, case.id, id).await?.ok_or(StoreError::Missing)?;
        quotes::update(tx, &written(change(quote))).await
    })
    .await
}

async fn issue(store: &Store, case: &Case, id: QuoteId) -> Result<Version, StoreError> {
    change(store, case, id, |quote| quote.issue(&[Party::Lead], at(9, 0)).unwrap()).await
}

db_test! {
    async fn every_amount_reads_back_to_the_last_fils(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        let dinars = draft(&case, 1, 1, offer(Currency::Kwd, 1_250_505));
        let most = draft(&case, 2, 2, offer(Currency::Usd, i64::MAX - 7));
        plant(db, &dinars).await;
        plant(db, &most).await;
        assert_eq!(quotes::find(db, case.id, id(1)).await.unwrap().as_ref(), Some(&*dinars));
        assert_eq!(quotes::of_case(db, case.id).await.unwrap(), [dinars.into_inner(), most.into_inner()]);
        assert_eq!(quotes::find(db, id(11), id(1)).await.unwrap(), None, "under another case");
    }
}

db_test! {
    async fn an_accepted_quote_reads_back_with_its_evidence(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        plant(db, &draft(&case, 1, 1, offer(Currency::Kwd, 5))).await;
        assert_eq!(issue(db, &case, id(1)).await.unwrap(), Version(2));
        let acceptance = QuoteAcceptance {
            accepted_at: at(10, 0),
            channel: AcceptanceChannel::Whatsapp,
            evidence: line("رسالة 4711"),
            terms_version: line("2026-01"),
        };
        let accepted = acceptance.clone();
        let hash = "00ff".repeat(16);
        change(db, &case, id(1), |quote| quote.accept(&hash, accepted, at(10, 5)).unwrap()).await.unwrap();
        let found = quotes::find(db, case.id, id(1)).await.unwrap().unwrap();
        assert_eq!((found.state, found.issued_at, found.version), (QuoteState::Accepted, Some(at(9, 0)), Version(3)));
        assert_eq!(found.acceptance, Some(acceptance));
    }
}

db_test! {
    async fn the_content_of_an_issued_quote_never_changes(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        plant(db, &draft(&case, 1, 1, offer(Currency::Kwd, 5))).await;
        db.execute("UPDATE quotes SET deposit_minor = 2").await.unwrap();
        issue(db, &case, id(1)).await.unwrap();
        let instant = match db.backend() {
            Backend::Sqlite => "issued_at = '2026-03-01T00:00:00+00:00'",
            Backend::Postgres => "issued_at = issued_at - interval '1 day'",
        };
        for content in [
            "deposit_minor = 3",
            "lines = '[]'",
            "currency = 'USD'",
            "content_hash = 'other'",
            "language = 'en'",
            "revision = 2",
            "cycle = 2",
            "valid_until = '2027-01-01'",
            "issued_at = NULL",
            instant,
            "state = 'draft'",
            "state = 'pending_approval'",
        ] {
            let refused = db.execute(&format!("UPDATE quotes SET {content}")).await.unwrap_err();
            assert!(refused.is_constraint("ck_quotes_immutable"), "{content}: {refused:?}");
        }
        db.execute("UPDATE quotes SET state = 'rejected'").await.unwrap();
        let refused = db.execute("UPDATE quotes SET deposit_minor = 3").await.unwrap_err();
        assert!(refused.is_constraint("ck_quotes_immutable"), "also when it is over");
    }
}

db_test! {
    async fn of_two_quotes_issued_at_once_one_is(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        for number in 1..=8 {
            plant(db, &draft(&case, number, i16::try_from(number).unwrap(), offer(Currency::Kwd, 5))).await;
        }
        let issuing = (1..=8).map(|number| {
            let (store, case) = (db.store(), case.clone());
            tokio::spawn(async move { issue(&store, &case, id(number)).await })
        });
        let mut issued = 0;
        for attempt in issuing.collect::<Vec<_>>() {
            match attempt.await.unwrap() {
                Ok(_) => issued += 1,
                Err(refused) => assert!(refused.is_constraint("uq_quotes_case_id_cycle"), "{refused:?}"),
            }
        }
        assert_eq!(issued, 1);
        let open = "SELECT CAST(count(*) AS BIGINT) FROM quotes WHERE state = 'issued'";
        assert_eq!(db.number(open).await.unwrap(), 1);
    }
}

db_test! {
    async fn the_next_operation_of_a_case_has_quotes_of_its_own(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        plant(db, &draft(&case, 1, 1, offer(Currency::Kwd, 5))).await;
        issue(db, &case, id(1)).await.unwrap();
        let again = allowed(Action::MoveCase, ObjectKind::Case, Case { surgery_cycle: 2, ..case });
        unit(db, async |tx| cases::update(tx, &again).await).await.unwrap();
        let next = draft(&again, 2, 1, offer(Currency::Kwd, 6));
        plant(db, &next).await;
        issue(db, &again, id(2)).await.unwrap();
        let file = case_files::assemble(db, again.into_inner()).await.unwrap();
        assert_eq!(file.quotes.iter().map(|quote| quote.id).collect::<Vec<_>>(), [next.id]);
    }
}

db_test! {
    async fn a_revision_is_drawn_up_once(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        plant(db, &draft(&case, 1, 1, offer(Currency::Kwd, 5))).await;
        let same = draft(&case, 2, 1, offer(Currency::Kwd, 6));
        let refused = unit(db, async |tx| quotes::insert(tx, &same).await).await.unwrap_err();
        assert!(refused.is_constraint("uq_quotes_case_id_cycle_revision"), "{refused:?}");
    }
}

db_test! {
    async fn a_quote_decided_on_an_older_version_is_stale(db: &TestDb) {
        let case = plant_referred(db, 10).await;
        let quote = draft(&case, 1, 1, offer(Currency::Kwd, 5));
        plant(db, &quote).await;
        issue(db, &case, id(1)).await.unwrap();
        let late = quote.try_map(Quote::supersede).unwrap();
        let refused = unit(db, async |tx| quotes::update(tx, &late).await).await.unwrap_err();
        assert!(matches!(refused, StoreError::Stale), "{refused:?}");
    }
}
