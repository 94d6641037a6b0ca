//! The grants that migration 7 gave for what was open then, as the rules of grants want them: those of hospitals
//! that had no end get one, and those of interpreters show no name before the job is near.
//!
//! The rules are written down here as they were then, since a migration does the same for ever.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;
use sea_orm_migration::sea_orm::{DatabaseBackend, QueryResult, Statement};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        date_ends(manager).await?;
        let now = now(manager).await?;
        let known = Known { now, consents: consents(manager).await?, held: held(manager).await? };
        for wish in [of_referrals(manager, &known).await?, of_bookings(manager, &known).await?].concat() {
            fulfil(manager, &known, wish).await?;
        }
        Ok(())
    }

    /// What is as it should be stays so.
    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// When a referral came to its end was not kept. What tells it best: the report that ended it, the decision on
/// record that did, the time that ran out, and where nothing does, the last that is known of it.
async fn date_ends(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let date = "UPDATE referrals SET ended_at = coalesce(\
         (SELECT min(recorded_at) FROM referral_reports WHERE referral_id = referrals.id AND led_to = referrals.state), \
         (SELECT max(at) FROM audit_records WHERE audit_records.case_id = referrals.case_id \
            AND object_id = referrals.id AND decision = 'allowed' AND action IN ('report_on_referral', 'expire')), \
         CASE state WHEN 'expired' THEN respond_by WHEN 'cancelled' THEN cancel_requested_at END, \
         received_at, sent_at, created_at) \
         WHERE ended_at IS NULL AND state IN ('declined', 'expired', 'cancelled', 'withdrawn_by_hospital', \
            'no_show', 'completed', 'failed', 'entered_in_error')";
    manager.get_connection().execute_unprepared(date).await?;
    Ok(())
}

/// The instant of the migration, by the clock of the database.
async fn now(manager: &SchemaManager<'_>) -> Result<DateTime<Utc>, DbErr> {
    let sqlite = manager.get_database_backend() == DatabaseBackend::Sqlite;
    let clock = if sqlite { "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')" } else { "now()" };
    let rows = rows(manager, &format!("SELECT {clock} AS at")).await?;
    rows.first().ok_or_else(|| DbErr::RecordNotFound("the clock".to_owned()))?.try_get("", "at")
}

async fn rows(manager: &SchemaManager<'_>, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    let statement = Statement::from_string(manager.get_database_backend(), sql);
    manager.get_connection().query_all_raw(statement).await
}

/// What decides on grants.
struct Known {
    now: DateTime<Utc>,
    consents: Vec<Consent>,
    held: Vec<Held>,
}

struct Consent {
    id: Uuid,
    case_id: Uuid,
    purpose: String,
    hospital_id: Option<Uuid>,
    state: String,
    valid_until: Option<NaiveDate>,
}

/// A grant of a hospital or an interpreter that still gives something.
struct Held {
    id: Uuid,
    source: Uuid,
    gives: Gives,
}

#[derive(Clone, PartialEq)]
struct Gives {
    audience: &'static str,
    until: Option<DateTime<Utc>>,
    consent_id: Option<Uuid>,
}

/// What a referral or a booking gives to whom: each with its beginning.
#[derive(Clone)]
struct Wish {
    case_id: Uuid,
    basis: &'static str,
    source: Uuid,
    holder: Uuid,
    wanted: Vec<(DateTime<Utc>, Gives)>,
    /// Whether the patient has taken the consent back.
    withdrawn: bool,
}

enum Sharing<'known> {
    Allowed(&'known Consent),
    Unsaid,
    Withdrawn,
}

impl Known {
    fn sharing(&self, case_id: Uuid, purpose: &str, hospital_id: Option<Uuid>) -> Sharing<'_> {
        let of_case = || self.consents.iter().filter(move |consent| consent.case_id == case_id);
        let last = |purpose: &str, hospital_id| {
            of_case().rfind(|consent| consent.purpose == purpose && consent.hospital_id == hospital_id)
        };
        let withdrawn = |consent: Option<&Consent>| consent.is_some_and(|consent| consent.state == "withdrawn");
        let today = self.now.date_naive();
        let covers = |consent: &&Consent| {
            consent.state == "active"
                && consent.purpose == purpose
                && consent.hospital_id == hospital_id
                && consent.valid_until.is_none_or(|until| today <= until)
        };
        let covering = of_case().find(covers);
        match covering {
            _ if withdrawn(last("health_data_processing", None)) => Sharing::Withdrawn,
            Some(consent) => Sharing::Allowed(consent),
            None if withdrawn(last(purpose, hospital_id)) => Sharing::Withdrawn,
            None => Sharing::Unsaid,
        }
    }
}

/// Those of `wanted` that are not over before they begin.
fn lasting(wanted: Vec<(DateTime<Utc>, Gives)>) -> Vec<(DateTime<Utc>, Gives)> {
    let lasts = |(from, gives): &(DateTime<Utc>, Gives)| gives.until.is_none_or(|until| *from < until);
    wanted.into_iter().filter(lasts).collect()
}

async fn consents(manager: &SchemaManager<'_>) -> Result<Vec<Consent>, DbErr> {
    let sql = "SELECT id, case_id, purpose, hospital_id, state, valid_until FROM consents ORDER BY id";
    let read = |row: &QueryResult| {
        Ok(Consent {
            id: row.try_get("", "id")?,
            case_id: row.try_get("", "case_id")?,
            purpose: row.try_get("", "purpose")?,
            hospital_id: row.try_get("", "hospital_id")?,
            state: row.try_get("", "state")?,
            valid_until: row.try_get("", "valid_until")?,
        })
    };
    rows(manager, sql).await?.iter().map(read).collect()
}

async fn held(manager: &SchemaManager<'_>) -> Result<Vec<Held>, DbErr> {
    let sql = "SELECT id, coalesce(referral_id, booking_id) AS source, audience, valid_until, consent_id \
               FROM access_grants WHERE ended_at IS NULL AND basis IN ('referral', 'booking')";
    let read = |row: &QueryResult| {
        let audience: String = row.try_get("", "audience")?;
        let known = ["masked", "interpreter", "hospital"].into_iter().find(|known| *known == audience);
        Ok(Held {
            id: row.try_get("", "id")?,
            source: row.try_get("", "source")?,
            gives: Gives {
                audience: known.ok_or_else(|| DbErr::Type(audience))?,
                until: row.try_get("", "valid_until")?,
                consent_id: row.try_get("", "consent_id")?,
            },
        })
    };
    rows(manager, sql).await?.iter().map(read).collect()
}

/// A hospital reads on the strength of a consent, or because it treats the patient; afterwards for a while.
async fn of_referrals(manager: &SchemaManager<'_>, known: &Known) -> Result<Vec<Wish>, DbErr> {
    let sql = "SELECT id, case_id, hospital_id, state, ended_at FROM referrals ORDER BY id";
    let read = |row: &QueryResult| {
        let (case_id, holder): (Uuid, Uuid) = (row.try_get("", "case_id")?, row.try_get("", "hospital_id")?);
        let (state, ended_at): (String, Option<DateTime<Utc>>) =
            (row.try_get("", "state")?, row.try_get("", "ended_at")?);
        let treats = matches!(state.as_str(), "in_progress" | "on_hold" | "completed");
        let shown = !matches!(state.as_str(), "draft" | "entered_in_error");
        let sharing = known.sharing(case_id, "share_with_hospital", Some(holder));
        let withdrawn = matches!(sharing, Sharing::Withdrawn);
        let consent = match sharing {
            _ if treats => Some(None),
            Sharing::Allowed(consent) => Some(Some(consent)),
            Sharing::Unsaid | Sharing::Withdrawn => None,
        };
        let wanted = consent.filter(|_| shown).map(|consent| {
            let over = ended_at.map(|ended| ended + TimeDelta::days(if treats { 400 } else { 30 }));
            let lapse = consent.and_then(|consent| consent.valid_until?.succ_opt());
            let lapse = lapse.map(|day| day.and_time(NaiveTime::MIN).and_utc());
            let until = over.into_iter().chain(lapse).min();
            (known.now, Gives { audience: "hospital", until, consent_id: consent.map(|consent| consent.id) })
        });
        let wanted = lasting(wanted.into_iter().collect());
        Ok(Wish { case_id, basis: "referral", source: row.try_get("", "id")?, holder, wanted, withdrawn })
    };
    rows(manager, sql).await?.iter().map(read).collect()
}

/// An interpreter reads what the job needs around its time, and before that the job without a name.
async fn of_bookings(manager: &SchemaManager<'_>, known: &Known) -> Result<Vec<Wish>, DbErr> {
    let sql = "SELECT id, case_id, interpreter_id, state, starts_at, ends_at FROM interpreter_bookings \
               WHERE interpreter_id IS NOT NULL ORDER BY id";
    let read = |row: &QueryResult| {
        let (case_id, state): (Uuid, String) = (row.try_get("", "case_id")?, row.try_get("", "state")?);
        let (starts, ends): (DateTime<Utc>, DateTime<Utc>) =
            (row.try_get("", "starts_at")?, row.try_get("", "ends_at")?);
        let sharing = known.sharing(case_id, "share_with_interpreter", None);
        let withdrawn = matches!(sharing, Sharing::Withdrawn);
        let consent_id = if let Sharing::Allowed(consent) = sharing { Some(consent.id) } else { None };
        let gives = |from, audience, until| (from, Gives { audience, until: Some(until), consent_id });
        let near = Ord::max(starts - TimeDelta::hours(72), known.now);
        let over = ends + TimeDelta::hours(72);
        let wanted = match state.as_str() {
            _ if withdrawn => Vec::new(),
            "offered" => vec![gives(known.now, "masked", starts)],
            "accepted" | "checked_in" => {
                vec![gives(known.now, "masked", near), gives(near, "interpreter", over)]
            }
            "completed" | "no_show" => vec![gives(known.now, "interpreter", over)],
            _ => Vec::new(),
        };
        let (source, holder) = (row.try_get("", "id")?, row.try_get("", "interpreter_id")?);
        Ok(Wish { case_id, basis: "booking", source, holder, wanted: lasting(wanted), withdrawn })
    };
    rows(manager, sql).await?.iter().map(read).collect()
}

/// Ends what is not wanted, and gives what is missing; what is over needs nobody to end it.
async fn fulfil(manager: &SchemaManager<'_>, known: &Known, mut wish: Wish) -> Result<(), DbErr> {
    let why = match (wish.wanted.is_empty(), wish.withdrawn) {
        (false, _) => "replaced",
        (true, true) => "consent_withdrawn",
        (true, false) => "no_longer_wanted",
    };
    let runs = |held: &&Held| held.gives.until.is_none_or(|until| known.now < until);
    for held in known.held.iter().filter(|held| held.source == wish.source).filter(runs) {
        match wish.wanted.iter().position(|(_, gives)| *gives == held.gives) {
            Some(at) => drop(wish.wanted.swap_remove(at)),
            None => end(manager, held.id, known.now, why).await?,
        }
    }
    for (from, gives) in std::mem::take(&mut wish.wanted) {
        give(manager, known.now, &wish, from, gives).await?;
    }
    Ok(())
}

async fn end(manager: &SchemaManager<'_>, id: Uuid, now: DateTime<Utc>, why: &str) -> Result<(), DbErr> {
    let ended = Query::update()
        .table("access_grants")
        .value("ended_at", now)
        .value("end_reason", why)
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    manager.get_connection().execute(&ended).await?;
    Ok(())
}

async fn give(
    manager: &SchemaManager<'_>,
    now: DateTime<Utc>,
    wish: &Wish,
    from: DateTime<Utc>,
    gives: Gives,
) -> Result<(), DbErr> {
    let (holder, source) =
        if wish.basis == "referral" { ("hospital_id", "referral_id") } else { ("interpreter_id", "booking_id") };
    let columns = ["id", "case_id", "basis", holder, source, "audience", "valid_from", "valid_until", "consent_id"];
    let values = [
        Expr::cust(new_id(manager.get_database_backend(), now)),
        wish.case_id.into(),
        wish.basis.into(),
        wish.holder.into(),
        wish.source.into(),
        gives.audience.into(),
        from.into(),
        gives.until.into(),
        gives.consent_id.into(),
    ];
    let insert = Query::insert().into_table("access_grants").columns(columns).values_panic(values).to_owned();
    manager.get_connection().execute(&insert).await?;
    Ok(())
}

/// An id of version 7 (RFC 9562), so that the history of a case's grants stays in order.
fn new_id(backend: DatabaseBackend, now: DateTime<Utc>) -> String {
    let time = format!("{:012x}", now.timestamp_millis());
    if backend == DatabaseBackend::Sqlite {
        format!(
            "unhex('{time}7' || substr(hex(randomblob(2)), 2) || '8' || substr(hex(randomblob(2)), 2) || hex(randomblob(6)))"
        )
    } else {
        format!("('{time}7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid")
    }
}
