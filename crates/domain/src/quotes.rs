//! Quotes: what the journey costs, what is included, and which very version the patient accepted (domain §2.5).

use std::fmt::Write;

use chrono::{DateTime, NaiveDate, Utc};

use crate::cases::Party;
use crate::ids::{CaseId, QuoteId, ReferralId, UserId};
use crate::money::{Currency, Money, MoneyError};
use crate::paging::Version;
use crate::refusal::{FieldCode, Fields, Invalid, ProblemCode, Refusal, WrongState};
use crate::text::Line;
use crate::time::happened;
use crate::vocabulary::{AcceptanceChannel, Coded, Language, QuoteLineInclusion, QuoteLineKind, QuoteState};

/// The most lines of one quote.
const MAX_LINES: usize = 100;

/// A quote. Once issued its content never changes; a revision is a new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its id.
    pub id: QuoteId,
    /// The case.
    pub case_id: CaseId,
    /// The accepted referral that it is based on.
    pub referral_id: ReferralId,
    /// Which operation of the case it is about.
    pub cycle: i16,
    /// Which version it is, from 1.
    pub revision: i16,
    /// The language that it is written in.
    pub language: Language,
    /// What is offered.
    pub offer: Offer,
    /// SHA-256 of the offer, in hexadecimal: acceptance names it.
    pub content_hash: String,
    /// Where it stands.
    pub state: QuoteState,
    /// When it was issued.
    pub issued_at: Option<DateTime<Utc>>,
    /// How the patient accepted it.
    pub acceptance: Option<QuoteAcceptance>,
    /// Who drew it up.
    pub created_by: UserId,
    /// How often the row was changed.
    pub version: Version,
}

/// What a quote offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The one currency of all amounts.
    pub currency: Currency,
    /// The lines.
    pub lines: Vec<QuoteLine>,
    /// What must be paid beforehand, in minor units.
    pub deposit_minor: i64,
    /// The last day on which it may be accepted.
    pub valid_until: NaiveDate,
}

/// One line of a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteLine {
    /// What it pays for.
    pub kind: QuoteLineKind,
    /// In words.
    pub description: Line,
    /// How many, 1–1,000.
    pub quantity: u32,
    /// The price of one, in minor units; not negative, a discount is a line of its own kind.
    pub unit_price_minor: i64,
    /// Whether it is part of the price.
    pub inclusion: QuoteLineInclusion,
}

/// How the patient accepted a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteAcceptance {
    /// When.
    pub accepted_at: DateTime<Utc>,
    /// How.
    pub channel: AcceptanceChannel,
    /// Where the proof lies.
    pub evidence: Line,
    /// The version of the terms.
    pub terms_version: Line,
}

impl Offer {
    /// Checks the offer.
    ///
    /// # Errors
    /// [`Invalid`] for no lines, a quantity or price out of range, a discount over the subtotal, a
    /// deposit over the total, or a last day that is past.
    pub fn check(self, today: NaiveDate) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require("/lines", !self.lines.is_empty(), FieldCode::Empty);
        fields.require("/lines", self.lines.len() <= MAX_LINES, FieldCode::TooMany);
        for (index, line) in self.lines.iter().enumerate() {
            fields.require(
                &format!("/lines/{index}/quantity"),
                (1..=1_000).contains(&line.quantity),
                FieldCode::OutOfRange,
            );
            fields.require(
                &format!("/lines/{index}/unit_price_minor"),
                line.unit_price_minor >= 0,
                FieldCode::OutOfRange,
            );
        }
        fields.require("/valid_until", self.valid_until >= today, FieldCode::InThePast);
        let total = self.total().map(|total| total.minor);
        fields.require("/lines", total.as_ref().is_ok_and(|total| *total >= 0), FieldCode::OutOfRange);
        let deposit_fits = total.is_ok_and(|total| (0..=total.max(0)).contains(&self.deposit_minor));
        fields.require("/deposit_minor", deposit_fits, FieldCode::OutOfRange);
        fields.finish(|| Some(self))
    }

    /// The sum of what is included, less the discounts.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond what can be counted.
    pub fn total(&self) -> Result<Money, MoneyError> {
        let mut total = Money::zero(self.currency);
        for line in self.lines.iter().filter(|line| line.inclusion == QuoteLineInclusion::Included) {
            let amount = Money { minor: line.unit_price_minor, currency: self.currency }.times(line.quantity)?;
            total = if line.kind == QuoteLineKind::Discount { total.minus(amount)? } else { total.plus(amount)? };
        }
        Ok(total)
    }

    /// The text whose hash names this offer: every fact of it, in one fixed order.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        let mut text = format!("{}|{}|{}", self.currency.code(), self.deposit_minor, self.valid_until);
        for line in &self.lines {
            let description = line.description.as_str();
            let QuoteLine { kind, quantity, unit_price_minor, inclusion, .. } = line;
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{kind}|{quantity}|{unit_price_minor}|{inclusion}|{description}");
        }
        text
    }

    fn has_discount(&self) -> bool {
        self.lines.iter().any(|line| line.kind == QuoteLineKind::Discount)
    }
}

impl Quote {
    /// Issues the quote to the patient. One with a discount waits for finance or a lead.
    ///
    /// # Errors
    /// [`WrongState`] unless it is a draft, or waits and an approver asks.
    pub fn issue(mut self, parties: &[Party], now: DateTime<Utc>) -> Result<Self, WrongState> {
        let approver = parties.iter().any(|party| matches!(party, Party::Finance | Party::Lead));
        let may_issue = self.state == QuoteState::Draft || (self.state == QuoteState::PendingApproval && approver);
        if !may_issue {
            return Err(WrongState::new(self.state, "issue"));
        }
        if self.offer.has_discount() && !approver {
            self.state = QuoteState::PendingApproval;
            return Ok(self);
        }
        self.state = QuoteState::Issued;
        self.issued_at = Some(now);
        Ok(self)
    }

    /// The patient accepts this very version.
    ///
    /// # Errors
    /// [`AcceptQuoteError`] for another version, before its issue or after its last day, or unless it is issued.
    pub fn accept(
        mut self,
        hash: &str,
        acceptance: QuoteAcceptance,
        now: DateTime<Utc>,
    ) -> Result<Self, AcceptQuoteError> {
        if self.state != QuoteState::Issued {
            return Err(WrongState::new(self.state, "accept").into());
        }
        if hash != self.content_hash {
            return Err(AcceptQuoteError::OtherVersion);
        }
        if acceptance.accepted_at.date_naive() > self.offer.valid_until {
            return Err(AcceptQuoteError::Expired);
        }
        happened(acceptance.accepted_at, now)
            .map_err(|code| AcceptQuoteError::Invalid(Invalid::at("/accepted_at", code)))?;
        if self.issued_at.is_none_or(|issued| acceptance.accepted_at < issued) {
            return Err(Invalid::at("/accepted_at", FieldCode::OutOfOrder).into());
        }
        self.state = QuoteState::Accepted;
        self.acceptance = Some(acceptance);
        Ok(self)
    }

    /// The patient rejects it.
    ///
    /// # Errors
    /// [`WrongState`] unless it is issued.
    pub fn reject(self) -> Result<Self, WrongState> {
        self.leave(&[QuoteState::Issued], QuoteState::Rejected, "reject")
    }

    /// Its last day has passed without an answer.
    ///
    /// # Errors
    /// [`WrongState`] unless it is issued and its last day is over.
    pub fn expire(self, today: NaiveDate) -> Result<Self, WrongState> {
        if today <= self.offer.valid_until {
            return Err(WrongState::new(self.state, "expire"));
        }
        self.leave(&[QuoteState::Issued], QuoteState::Expired, "expire")
    }

    /// A newer version takes its place.
    ///
    /// # Errors
    /// [`WrongState`] once the patient has accepted or left it.
    pub fn supersede(self) -> Result<Self, WrongState> {
        self.leave(
            &[QuoteState::Draft, QuoteState::PendingApproval, QuoteState::Issued],
            QuoteState::Superseded,
            "supersede",
        )
    }

    /// What it was based on is gone: the hospital withdrew, or the patient changed the hospital.
    ///
    /// # Errors
    /// [`WrongState`] when it is over already.
    pub fn cancel(self) -> Result<Self, WrongState> {
        let running = [QuoteState::Draft, QuoteState::PendingApproval, QuoteState::Issued, QuoteState::Accepted];
        let becomes = if self.state == QuoteState::Accepted { QuoteState::Cancelled } else { QuoteState::Withdrawn };
        self.leave(&running, becomes, "cancel")
    }

    /// Whether it is before the patient, and not expired on `today`.
    #[must_use]
    pub fn is_open_on(&self, today: NaiveDate) -> bool {
        self.state == QuoteState::Accepted || (self.state == QuoteState::Issued && today <= self.offer.valid_until)
    }

    fn leave(mut self, from: &[QuoteState], to: QuoteState, operation: &'static str) -> Result<Self, WrongState> {
        if !from.contains(&self.state) {
            return Err(WrongState::new(self.state, operation));
        }
        self.state = to;
        Ok(self)
    }
}

/// Why a quote is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcceptQuoteError {
    /// It is not before the patient.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// The patient saw another version.
    #[error("the accepted version is not this one")]
    OtherVersion,
    /// The last day has passed.
    #[error("the quote has expired")]
    Expired,
    /// The acceptance itself is wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Refusal for AcceptQuoteError {
    fn code(&self) -> ProblemCode {
        match self {
            Self::WrongState(_) | Self::Expired => ProblemCode::WrongState,
            Self::OtherVersion => ProblemCode::StaleVersion,
            Self::Invalid(refusal) => refusal.code(),
        }
    }

    fn fields(&self) -> Vec<crate::refusal::FieldError> {
        match self {
            Self::Invalid(refusal) => refusal.fields(),
            Self::WrongState(_) | Self::OtherVersion | Self::Expired => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
