//! Who has access to a case and why, and who looked at it.

mod explain;

use rafiq_domain::grants::{Grant, Grantee};
use rafiq_domain::ids::{CaseId, HospitalId, InterpreterId, UserId};
use rafiq_domain::paging::{Page, Slice};
use rafiq_domain::policy::{Action, ObjectKind, Permitted, scope};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::text::{Line, PersonName};
use rafiq_persistence::audit;
use rafiq_persistence::store::Reader;
use rafiq_persistence::{grants, hospitals, interpreters, users};

pub use rafiq_persistence::audit::{AuditFilter, AuditRecord};

pub use explain::{Explanation, HeldGrant, JudgedAction, RoleStanding, explain_access};

use crate::{App, Caller, Refused, cases};

/// A grant with the names of those whom it concerns.
#[derive(Debug, Clone)]
pub struct NamedGrant {
    /// The grant.
    pub grant: Grant,
    /// Who holds it.
    pub holder: Option<HolderName>,
    /// Who gave it.
    pub granted_by: Option<PersonName>,
    /// When it was asked for.
    pub at: chrono::DateTime<chrono::Utc>,
}

/// The name of whoever holds a grant.
#[derive(Debug, Clone)]
pub enum HolderName {
    /// A person.
    Person(PersonName),
    /// A hospital, by its English name.
    Hospital(Line),
}

/// A decision on record, with the names of those whom it concerns.
#[derive(Debug, Clone)]
pub struct NamedRecord {
    /// The decision.
    pub record: AuditRecord,
    /// Who asked; none when the product did.
    pub actor: Option<PersonName>,
    /// For whom they stood in.
    pub on_behalf_of: Option<PersonName>,
}

/// One page of all grants that a case ever had, newest first.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not know of it.
pub async fn list_grants(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    page: Page,
) -> Result<Permitted<Slice<NamedGrant>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewGrants, case_id).await?;
        let slice = grants::history(db, &case, page).await?;
        let next = slice.next;
        let items = with_names(app, db, slice.items).await?;
        Ok(case.with(Slice { items, next }))
    })
    .await
}

/// As [`with_names`], for one.
pub(crate) async fn named(
    app: &App,
    db: &impl Reader,
    grant: Permitted<Grant>,
) -> Result<Permitted<NamedGrant>, Refused> {
    let named = with_names(app, db, vec![(*grant).clone()]).await?.pop().ok_or(NotFound)?;
    Ok(grant.with(named))
}

/// Finds the names of those whom grants concern, in one query for each kind of holder.
pub(crate) async fn with_names(app: &App, db: &impl Reader, grants: Vec<Grant>) -> Result<Vec<NamedGrant>, Refused> {
    let people = users::names(db, grants.iter().flat_map(people_of)).await?;
    let concerned: Vec<_> = grants.iter().filter_map(hospital_of).collect();
    let hospitals = if concerned.is_empty() { Vec::new() } else { hospitals::names(db, concerned).await? };
    let concerned: Vec<_> = grants.iter().filter_map(interpreter_of).collect();
    let interpreters = if concerned.is_empty() { Vec::new() } else { interpreters::names(db, concerned).await? };
    let person = |id: UserId| people.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
    let holder = |grantee: Grantee| match grantee {
        Grantee::User(id) => person(id).map(HolderName::Person),
        Grantee::Hospital(id) => {
            hospitals.iter().find(|(known, _)| *known == id).map(|(_, name)| HolderName::Hospital(name.clone()))
        }
        Grantee::Interpreter(id) => {
            interpreters.iter().find(|(known, _)| *known == id).map(|(_, name)| HolderName::Person(name.clone()))
        }
    };
    let named = |grant: Grant| NamedGrant {
        holder: holder(grant.terms.grantee),
        granted_by: grant.granted_by.and_then(person),
        at: app.now(),
        grant,
    };
    Ok(grants.into_iter().map(named).collect())
}

fn people_of(grant: &Grant) -> impl Iterator<Item = UserId> + use<> {
    let holder = match grant.terms.grantee {
        Grantee::User(id) => Some(id),
        Grantee::Hospital(_) | Grantee::Interpreter(_) => None,
    };
    holder.into_iter().chain(grant.granted_by)
}

const fn hospital_of(grant: &Grant) -> Option<HospitalId> {
    match grant.terms.grantee {
        Grantee::Hospital(id) => Some(id),
        Grantee::User(_) | Grantee::Interpreter(_) => None,
    }
}

const fn interpreter_of(grant: &Grant) -> Option<InterpreterId> {
    match grant.terms.grantee {
        Grantee::Interpreter(id) => Some(id),
        Grantee::User(_) | Grantee::Hospital(_) => None,
    }
}

/// One page of who asked for what on a case and was answered how, newest first. That it was read is on record too.
///
/// # Errors
/// [`Refused`] when there is no such case, or the caller may not.
pub async fn view_access_log(
    app: &App,
    caller: &Caller,
    case_id: CaseId,
    page: Page,
) -> Result<Permitted<Slice<NamedRecord>>, Refused> {
    app.read(caller, async |db| {
        let case = cases::find(db, caller, Action::ViewAccessLog, case_id).await?;
        let records = audit::of_case(db, &case, page).await?;
        let named = name_records(db, records).await?;
        Ok(case.with(named))
    })
    .await
}

/// One page of the audit trail as a whole, newest first.
///
/// # Errors
/// [`Refused`] when the caller may not.
pub async fn list_audit(
    app: &App,
    caller: &Caller,
    filter: &AuditFilter,
    page: Page,
) -> Result<Permitted<Slice<NamedRecord>>, Refused> {
    app.read(caller, async |db| {
        let scope = scope(&caller.actor, Action::ViewAudit, ObjectKind::Audit)?;
        let records = audit::list(db, &scope, filter, page).await?;
        let named = name_records(db, records).await?;
        Ok(scope.with(named))
    })
    .await
}

async fn name_records(db: &impl Reader, records: Slice<AuditRecord>) -> Result<Slice<NamedRecord>, Refused> {
    let concerned: Vec<_> =
        records.items.iter().flat_map(|record| [record.actor_id, record.on_behalf_of]).flatten().collect();
    let names = users::names(db, concerned).await?;
    let name_of = |id: Option<UserId>| names.iter().find(|(known, _)| Some(*known) == id).map(|(_, name)| name.clone());
    Ok(records.map(|record| NamedRecord {
        actor: name_of(record.actor_id),
        on_behalf_of: name_of(record.on_behalf_of),
        record,
    }))
}
