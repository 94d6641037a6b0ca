//! Merging two records of one person: asked for by one, agreed to by another.

use rafiq_domain::approvals::Deed;
use rafiq_domain::ids::PatientId;
use rafiq_domain::merging::{Merge, StrongIdentifier};
use rafiq_domain::patients::Patient;
use rafiq_domain::policy::{Action, PatientInCare, Permitted, permit};
use rafiq_domain::refusal::NotFound;
use rafiq_domain::text::Line;
use rafiq_persistence::merging as stored;
use rafiq_persistence::patients::{self, identity_of};
use rafiq_persistence::store::Tx;

use crate::approvals::{self, ApprovalEntry, SecondPerson};
use crate::refused::NotKnownHere;
use crate::{App, Caller, Refused};

/// A merge to ask for.
#[derive(Debug, Clone)]
pub struct NewMerge {
    /// The record that remains.
    pub survivor_id: PatientId,
    /// What the one who asks has seen or asked outside of the records.
    pub attested: Vec<StrongIdentifier>,
}

/// Asks for a second person to merge a record into another one.
///
/// # Errors
/// [`Refused`] when the caller may not, one of the records is not known or does not stand by itself, the
/// two are not of one person as far as it shows, something of the first is open, or the same is asked
/// for already.
pub async fn request_merge(
    app: &App,
    caller: &Caller,
    source_id: PatientId,
    new: NewMerge,
    reason: Line,
) -> Result<Permitted<ApprovalEntry>, Refused> {
    app.write(caller, async |tx| {
        find(tx, caller, source_id).await?;
        expect_known(tx, caller, new.survivor_id).await?;
        let merge = consider(tx, source_id, new.survivor_id, &new.attested).await?;
        merge.check(&identity_of(&merge.source.details), &identity_of(&merge.survivor.details))?;
        let NewMerge { survivor_id, attested } = new;
        approvals::ask(app, tx, caller, Deed::MergePatients { source_id, survivor_id, attested }, reason).await
    })
    .await
}

/// Merges in the unit in which the second person agreed. Whether the two are of one person is looked at
/// anew: the records may have changed since it was asked for.
pub(crate) async fn merge(
    app: &App,
    tx: &Tx,
    second: SecondPerson<'_>,
    source_id: PatientId,
    survivor_id: PatientId,
    attested: &[StrongIdentifier],
) -> Result<(), Refused> {
    let permitted = find(tx, second.caller, source_id).await?;
    second.expect_pair(&*permitted)?;
    let merge = consider(tx, source_id, survivor_id, attested).await?;
    let identities = (identity_of(&merge.source.details), identity_of(&merge.survivor.details));
    let (source, survivor) = merge.carry_out(&identities.0, &identities.1)?;
    // Whoever asks who handled a case finds both: its patient is the one record, and was the other.
    let reached = [&source, &survivor].map(|record| permitted.permit().reaching(record.object()));
    for changed in [source, survivor] {
        patients::update(tx, &permitted.with(changed)).await?;
    }
    stored::give_over(tx, &permitted, source_id, survivor_id).await?;
    second.record_each(app, tx, reached).await
}

/// The two records as they are, which nobody else changes until the unit ends.
async fn consider(
    tx: &Tx,
    source_id: PatientId,
    survivor_id: PatientId,
    attested: &[StrongIdentifier],
) -> Result<Merge, Refused> {
    // In one order for all, so that two units that meet do not wait for each other.
    let (first, second) = (source_id.min(survivor_id), source_id.max(survivor_id));
    let (one, other): (Patient, Patient) =
        (patients::take_turn(tx, first).await?, patients::take_turn(tx, second).await?);
    let (source, survivor) = if one.id == source_id { (one, other) } else { (other, one) };
    let left_open = stored::leaves_open(tx, source_id).await?;
    Ok(Merge { source, survivor, attested: attested.to_vec(), left_open })
}

async fn find(tx: &Tx, caller: &Caller, id: PatientId) -> Result<Permitted<PatientInCare>, Refused> {
    let found = patients::find(tx, id).await?.ok_or(NotFound)?;
    Ok(permit(&caller.actor, Action::MergePatients, found)?)
}

async fn expect_known(tx: &Tx, caller: &Caller, id: PatientId) -> Result<(), Refused> {
    let pointer = "/survivor_id";
    let survivor = patients::find(tx, id).await?.ok_or(NotKnownHere::absent(pointer))?;
    let hidden = |denied| NotKnownHere::hidden(pointer, denied);
    permit(&caller.actor, Action::ViewPatient, survivor).map_err(hidden)?;
    Ok(())
}
