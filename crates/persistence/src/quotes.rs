//! Quotes. What one offers never changes once it has been issued: the database refuses it too.

use chrono::NaiveDate;
use rafiq_domain::cases::Case;
use rafiq_domain::ids::{CaseId, QuoteId};
use rafiq_domain::paging::Version;
use rafiq_domain::policy::Permitted;
use rafiq_domain::quotes::{Offer, Quote, QuoteAcceptance, QuoteLine};
use rafiq_domain::text::Line;
use rafiq_domain::vocabulary::{Coded, Language, QuoteState};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::cases;
use crate::column::{Code, Json};
use crate::entity::quote::{ActiveModel, Column, Entity, LineDocument, Model};
use crate::error::StoreError;
use crate::row::{self, Place};
use crate::store::{Reader, Tx};

/// All quotes of a case, in every cycle, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_case(db: &impl Reader, case_id: CaseId) -> Result<Vec<Quote>, StoreError> {
    all(db, Condition::all().add(Column::CaseId.eq(case_id.uuid()))).await
}

/// The quotes of the present cycle of a case, oldest first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn of_cycle(db: &impl Reader, case: &Case) -> Result<Vec<Quote>, StoreError> {
    let present = Condition::all().add(Column::CaseId.eq(case.id.uuid())).add(Column::Cycle.eq(case.surgery_cycle));
    all(db, present).await
}

async fn all(db: &impl Reader, which: Condition) -> Result<Vec<Quote>, StoreError> {
    let rows = Entity::find()
        .filter(which)
        .order_by_asc(Column::Cycle)
        .order_by_asc(Column::Revision)
        .all(db.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// One quote of a case.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn find(db: &impl Reader, case_id: CaseId, id: QuoteId) -> Result<Option<Quote>, StoreError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::CaseId.eq(case_id.uuid())).one(db.connection()).await?;
    row.map(read).transpose()
}

/// At most `limit` quotes before patients whose last day was before `today`, the longest over first.
///
/// # Errors
/// [`StoreError`] of reading.
pub async fn unanswered_on(
    db: &impl Reader,
    today: NaiveDate,
    limit: u64,
) -> Result<Vec<(CaseId, QuoteId)>, StoreError> {
    let over = Column::State.eq(Code(QuoteState::Issued)).and(Column::ValidUntil.lt(today));
    let select = Entity::find().select_only().column(Column::CaseId).column(Column::Id).filter(over);
    let select = select.order_by_asc(Column::ValidUntil).order_by_asc(Column::Id).limit(limit);
    let ids: Vec<(Uuid, Uuid)> = select.into_tuple().all(db.connection()).await?;
    Ok(ids.into_iter().map(|(case, quote)| (case.into(), quote.into())).collect())
}

/// Adds a quote.
///
/// # Errors
/// [`StoreError::Taken`] by `uq_quotes_case_id_cycle_revision` when another drew up the same revision.
pub async fn insert(tx: &Tx, quote: &Permitted<Quote>) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(quote.id.uuid()),
        case_id: Set(quote.case_id.uuid()),
        referral_id: Set(quote.referral_id.uuid()),
        cycle: Set(quote.cycle),
        revision: Set(quote.revision),
        language: Set(quote.language.tag().to_owned()),
        currency: Set(Code(quote.offer.currency)),
        lines: Set(Json(quote.offer.lines.iter().map(write_line).collect())),
        deposit_minor: Set(quote.offer.deposit_minor),
        valid_until: Set(quote.offer.valid_until),
        content_hash: Set(quote.content_hash.clone()),
        created_by: Set(quote.created_by.uuid()),
        version: Set(quote.version.0),
        ..standing(quote)
    };
    Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Saves where a quote stands, in [turn](cases::take_turn); what it offers is written once.
///
/// # Errors
/// [`StoreError::Stale`] when someone else was faster; [`StoreError::Taken`] by
/// `uq_quotes_case_id_cycle` when another quote of the cycle is issued or accepted.
pub async fn update(tx: &Tx, quote: &Permitted<Quote>) -> Result<Version, StoreError> {
    cases::take_turn(tx, quote.case_id).await?;
    let next = Version(quote.version.0 + 1);
    let changed = Entity::update_many()
        .set(ActiveModel { version: Set(next.0), ..standing(quote) })
        .filter(Column::Id.eq(quote.id.uuid()))
        .filter(Column::Version.eq(quote.version.0))
        .exec(tx.connection())
        .await?;
    row::expect_one(changed.rows_affected).map(|()| next)
}

fn standing(quote: &Quote) -> ActiveModel {
    let acceptance = quote.acceptance.as_ref();
    ActiveModel {
        state: Set(Code(quote.state)),
        issued_at: Set(quote.issued_at),
        accepted_at: Set(acceptance.map(|said| said.accepted_at)),
        acceptance_channel: Set(acceptance.map(|said| Code(said.channel))),
        acceptance_evidence: Set(acceptance.map(|said| said.evidence.as_str().to_owned())),
        terms_version: Set(acceptance.map(|said| said.terms_version.as_str().to_owned())),
        ..Default::default()
    }
}

fn write_line(line: &QuoteLine) -> LineDocument {
    LineDocument {
        kind: line.kind.code().to_owned(),
        description: line.description.as_str().to_owned(),
        quantity: line.quantity,
        unit_price_minor: line.unit_price_minor,
        inclusion: line.inclusion.code().to_owned(),
    }
}

fn read(row: Model) -> Result<Quote, StoreError> {
    let place = Place { table: "quotes", id: row.id };
    let language = Language::ALL.into_iter().find(|language| language.tag() == row.language);
    let acceptance = match (row.accepted_at, row.acceptance_channel, row.acceptance_evidence, row.terms_version) {
        (None, None, None, None) => None,
        (Some(accepted_at), Some(channel), Some(evidence), Some(terms_version)) => Some(QuoteAcceptance {
            accepted_at,
            channel: channel.0,
            evidence: place.read("acceptance_evidence", Line::parse(&evidence, Line::LONGEST))?,
            terms_version: place.read("terms_version", Line::parse(&terms_version, Line::LONGEST))?,
        }),
        _ => return Err(place.corrupt("accepted_at")),
    };
    let offer = Offer {
        currency: row.currency.0,
        lines: row.lines.0.iter().map(|line| read_line(place, line)).collect::<Result<_, _>>()?,
        deposit_minor: row.deposit_minor,
        valid_until: row.valid_until,
    };
    Ok(Quote {
        id: row.id.into(),
        case_id: row.case_id.into(),
        referral_id: row.referral_id.into(),
        cycle: row.cycle,
        revision: row.revision,
        language: language.ok_or_else(|| place.corrupt("language"))?,
        offer,
        content_hash: row.content_hash,
        state: row.state.0,
        issued_at: row.issued_at,
        acceptance,
        created_by: row.created_by.into(),
        version: Version(row.version),
    })
}

fn read_line(place: Place, line: &LineDocument) -> Result<QuoteLine, StoreError> {
    Ok(QuoteLine {
        kind: place.code("lines", &line.kind)?,
        description: place.read("lines", Line::parse(&line.description, Line::LONGEST))?,
        quantity: line.quantity,
        unit_price_minor: line.unit_price_minor,
        inclusion: place.code("lines", &line.inclusion)?,
    })
}
