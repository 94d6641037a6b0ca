//! Who may reach a case besides those whose role reaches every case: each such access is a grant
//! that says who, on what basis, how much, from when and until when, and by which consent.
//!
//! Grants of hospitals and interpreters follow from referrals, bookings and consents: [`of_referral`]
//! and [`of_booking`] say which there should be, and the storage keeps them so. A grant whose time is
//! over needs nobody to end it.

mod emergency;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

pub use emergency::{AccessHeld, Emergency, Lasts, MOST_EMERGENCIES, TooManyEmergencies};

use crate::consents::Consent;
use crate::ids::{BookingId, CaseId, ConsentId, GrantId, HospitalId, InterpreterId, ReferralId, UserId};
use crate::interpreters::Booking;
use crate::policy::{Audience, Object, ObjectKind, Permit, Principal, Relation, Resource};
use crate::referrals::Referral;
use crate::refusal::{FieldCode, Fields, Invalid, WrongState};
use crate::tasks::TaskKind;
use crate::text::Line;
use crate::vocabulary::{BookingState, ConsentPurpose, ConsentState, ReferralState, Role, coded};

coded! {
    /// On what basis someone may reach a case (security §3).
    pub enum GrantBasis: "grant_basis" {
        Coordinator = "coordinator" => "Coordinator of the case", "منسّق الحالة", "Vakanın koordinatörü";
        Doctor = "doctor" => "Doctor of the case", "طبيب الحالة", "Vakanın hekimi";
        SecondOpinion = "second_opinion" => "Second opinion", "رأي ثانٍ", "İkinci görüş";
        Referral = "referral" => "Referral to the hospital", "إحالة إلى المستشفى", "Hastaneye sevk";
        Booking = "booking" => "Booking of the interpreter", "حجز المترجم", "Tercüman görevi";
        BreakGlass = "break_glass" => "Emergency access", "وصول طارئ", "Acil erişim";
    }

    /// Why someone breaks the glass.
    pub enum EmergencyReason: "emergency_reason" {
        AcuteEvent = "acute_event" => "The patient is acutely unwell", "حالة المريض طارئة", "Hastanın durumu acil";
        TeamUnreachable = "team_unreachable" => "Nobody of the team can be reached", "لا يمكن الوصول إلى أحد من الفريق", "Ekipten kimseye ulaşılamıyor";
        HospitalAsks = "hospital_asks" => "The hospital needs an answer at once", "المستشفى بحاجة إلى رد فوري", "Hastane hemen yanıt istiyor";
        PatientCalls = "patient_calls" => "The patient or family calls for help", "المريض أو العائلة يطلبون المساعدة", "Hasta veya ailesi yardım istiyor";
    }

    /// Why a grant ended before its time.
    pub enum GrantEnd: "grant_end" {
        HandedOver = "handed_over" => "The case was handed over", "سُلّمت الحالة", "Vaka devredildi";
        NoLongerWanted = "no_longer_wanted" => "What it rested on has ended", "انتهى ما استند إليه", "Dayandığı ilişki sona erdi";
        ConsentWithdrawn = "consent_withdrawn" => "The patient withdrew consent", "سحب المريض موافقته", "Hasta rızasını geri çekti";
        Replaced = "replaced" => "Replaced by another grant", "استُبدل بإذن آخر", "Başka bir yetkiyle değiştirildi";
        GivenBack = "given_back" => "Given back by its holder", "أعاده صاحبه", "Sahibi geri verdi";
        OffBoarded = "off_boarded" => "Its holder has left", "غادر صاحبه", "Sahibi ayrıldı";
        Lapsed = "lapsed" => "Its time was over when the next one was given", "انقضت مدته عند منح الإذن التالي", "Bir sonraki verildiğinde süresi dolmuştu";
    }

    /// Where something stands that is given for a time, such as a grant or a delegation.
    pub enum TermState: "term_state" {
        Upcoming = "upcoming" => "Not begun", "لم يبدأ", "Başlamadı";
        Running = "running" => "Running", "سارٍ", "Yürürlükte";
        Over = "over" => "Its time is over", "انقضت مدته", "Süresi doldu";
        Ended = "ended" => "Ended before its time", "أُنهي قبل أوانه", "Süresinden önce sonlandırıldı";
    }
}

impl TermState {
    /// Where something stands at `at` that is given from `from` to before `until`, and that nothing has ended.
    #[must_use]
    pub fn of_term(from: DateTime<Utc>, until: Option<DateTime<Utc>>, at: DateTime<Utc>) -> Self {
        match until {
            Some(until) if until <= at => Self::Over,
            _ if at < from => Self::Upcoming,
            Some(_) | None => Self::Running,
        }
    }

    /// Whether there is anything left to end.
    ///
    /// # Errors
    /// [`WrongState`] of `machine` when it is over or was ended.
    pub const fn can_end(self, machine: &'static str) -> Result<(), WrongState> {
        let state = match self {
            Self::Upcoming | Self::Running => return Ok(()),
            Self::Over => "over",
            Self::Ended => "ended",
        };
        Err(WrongState { machine, state, operation: "end" })
    }
}

/// Who holds a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grantee {
    /// One of our people.
    User(UserId),
    /// Everyone of a hospital, its users and its clients.
    Hospital(HospitalId),
    /// An interpreter.
    Interpreter(InterpreterId),
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The case that it opens.
    pub case_id: CaseId,
    /// What it gives.
    pub terms: GrantTerms,
    /// Who gave it; none for the product itself.
    pub granted_by: Option<UserId>,
    /// When it ended before its time, and why.
    pub ended: Option<(DateTime<Utc>, GrantEnd)>,
}

/// What a grant gives to whom, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantTerms {
    /// Who holds it.
    pub grantee: Grantee,
    /// On what basis.
    pub basis: GrantBasis,
    /// The referral that it rests on.
    pub referral_id: Option<ReferralId>,
    /// The booking that it rests on.
    pub booking_id: Option<BookingId>,
    /// How much of the person it shows at most.
    pub view: Audience,
    /// From when.
    pub valid_from: DateTime<Utc>,
    /// Until when, exclusively; none for as long as nothing ends it.
    pub valid_until: Option<DateTime<Utc>>,
    /// Which emergency it is for.
    pub emergency: Option<EmergencyReason>,
    /// Why it was given, where a person had to say so.
    pub reason: Option<Line>,
    /// The consent that allows it, where one is needed.
    pub consent_id: Option<ConsentId>,
}

impl GrantBasis {
    /// The bases on which one of our own people is on a case's team.
    pub const TEAM: &[Self] = &[Self::Coordinator, Self::Doctor, Self::SecondOpinion];

    /// How near a grant on this basis brings its holder in the capacity of `role`.
    #[must_use]
    pub fn relation(self, role: Role) -> Relation {
        let (holders, relation): (&[Role], Relation) = match self {
            Self::Coordinator => (&[Role::Coordinator, Role::Lead], Relation::Own),
            Self::Doctor => (&[Role::Doctor], Relation::Own),
            Self::SecondOpinion => (&[Role::Doctor], Relation::Advising),
            Self::Referral => (&[Role::HospitalUser, Role::HospitalClient], Relation::Own),
            Self::Booking => (&[Role::Interpreter], Relation::Own),
            Self::BreakGlass => (&[Role::Doctor, Role::Lead], Relation::Emergency),
        };
        if holders.contains(&role) { relation } else { Relation::Stranger }
    }

    /// Whether who stands in for the holder may use it: an emergency was declared by one person for themselves.
    #[must_use]
    pub const fn passes_to_stand_ins(self) -> bool {
        match self {
            Self::Coordinator | Self::Doctor | Self::SecondOpinion => true,
            Self::Referral | Self::Booking | Self::BreakGlass => false,
        }
    }

    /// Whether it opens the case as a whole; the others open one referral or one booking of it.
    #[must_use]
    pub const fn opens_case(self) -> bool {
        match self {
            Self::Coordinator | Self::Doctor | Self::SecondOpinion | Self::BreakGlass => true,
            Self::Referral | Self::Booking => false,
        }
    }
}

impl Grant {
    /// Where it stands at `at`.
    #[must_use]
    pub fn state(&self, at: DateTime<Utc>) -> TermState {
        let Self { terms, ended, .. } = self;
        if ended.is_some() { TermState::Ended } else { TermState::of_term(terms.valid_from, terms.valid_until, at) }
    }

    /// Whether it gives access at `at`.
    #[must_use]
    pub fn runs(&self, at: DateTime<Utc>) -> bool {
        self.state(at) == TermState::Running
    }

    /// Ends it before its time.
    ///
    /// # Errors
    /// [`WrongState`] when it is over or was ended.
    pub fn end(self, why: GrantEnd, now: DateTime<Utc>) -> Result<Self, WrongState> {
        self.state(now).can_end("grant")?;
        Ok(Self { ended: Some((now, why)), ..self })
    }

    /// Why it was given, as far as it is read by this permit. What an emergency was is also read by whoever declared
    /// it, and by those who review it.
    #[must_use]
    pub fn reason_for(&self, permit: &Permit) -> Option<&Line> {
        let (reviewing, _) = TaskKind::ReviewEmergencyAccess.assignment();
        let declared = permit.actor().user_id().map(Grantee::User) == Some(self.terms.grantee);
        let concerned = self.terms.basis == GrantBasis::BreakGlass && (declared || permit.roles().contains(&reviewing));
        self.terms.reason.as_ref().filter(|_| permit.reads_words() || concerned)
    }

    /// How near it brings `who`, in the capacity of `role`, to what it opens.
    #[must_use]
    pub fn brings(&self, who: &Principal, role: Role) -> Relation {
        let Self { terms, .. } = self;
        let holds = who.holders(terms.basis, role).contains(&terms.grantee);
        if holds && self.runs(who.at) { terms.basis.relation(role) } else { Relation::Stranger }
    }
}

/// It is that of whoever holds it in person.
impl Resource for Grant {
    fn object(&self) -> Object {
        Object { kind: ObjectKind::Grant, id: Some(self.id.uuid()), case_id: Some(self.case_id) }
    }

    fn relation(&self, who: &Principal, _role: Role) -> Relation {
        Relation::own_if(self.terms.grantee == Grantee::User(who.user_id))
    }
}

/// How near `grants` bring `who`, in the capacity of `role`, to the case as a whole.
#[must_use]
pub fn relation_to_case(grants: &[Grant], who: &Principal, role: Role) -> Relation {
    let open = grants.iter().filter(|grant| grant.terms.basis.opens_case());
    open.map(|grant| grant.brings(who, role)).max().unwrap_or(Relation::Stranger)
}

/// A second opinion is asked for this long at the most; who is needed longer belongs on the team.
pub const LONGEST_SECOND_OPINION: TimeDelta = TimeDelta::days(90);

/// For this long after it declined, or the referral came to nothing, a hospital may still read it and correct itself.
const AFTER_A_REFERRAL_WITHOUT_TREATMENT: TimeDelta = TimeDelta::days(30);

/// For this long after its treatment ended a hospital reads the referral, since patients come back
/// for the follow-up visits of a year (domain §1.13).
const AFTER_TREATMENT: TimeDelta = TimeDelta::days(400);

/// The interpreter learns who the patient is this long before the job begins.
const BEFORE_A_JOB: TimeDelta = TimeDelta::hours(72);

/// The interpreter reads the job for this long after it ended, to complete it.
const AFTER_A_JOB: TimeDelta = TimeDelta::hours(72);

/// What the patient has said about sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing<'consent> {
    /// An active consent allows it.
    Allowed(&'consent Consent),
    /// Nothing was said.
    Unsaid,
    /// It was allowed and taken back.
    Withdrawn,
}

/// What `consents` say of `purpose` towards `recipient`; who withdraws the processing of health data withdraws all.
fn sharing(
    consents: &[Consent],
    purpose: ConsentPurpose,
    recipient: Option<HospitalId>,
    now: DateTime<Utc>,
) -> Sharing<'_> {
    let last = |purpose, recipient| {
        consents.iter().rfind(|consent| consent.terms.purpose == purpose && consent.terms.hospital_id == recipient)
    };
    let withdrawn = |consent: Option<&Consent>| consent.is_some_and(|last| last.state == ConsentState::Withdrawn);
    let covering = consents.iter().find(|consent| consent.covers(purpose, recipient, now.date_naive()));
    match covering {
        _ if withdrawn(last(ConsentPurpose::HealthDataProcessing, None)) => Sharing::Withdrawn,
        Some(consent) => Sharing::Allowed(consent),
        None if withdrawn(last(purpose, recipient)) => Sharing::Withdrawn,
        None => Sharing::Unsaid,
    }
}

/// The grant that a referral's hospital should hold from `now` on, with what the patient's `consents`
/// (oldest first) say. A hospital that treats the patient needs no consent: care and its record go on.
#[must_use]
pub fn of_referral(referral: &Referral, consents: &[Consent], now: DateTime<Utc>) -> Option<GrantTerms> {
    let purpose = ConsentPurpose::ShareWithHospital;
    let consent = match sharing(consents, purpose, Some(referral.hospital_id), now) {
        _ if referral.state.treats() => None,
        Sharing::Allowed(consent) => Some(consent),
        Sharing::Unsaid | Sharing::Withdrawn => return None,
    };
    if matches!(referral.state, ReferralState::Draft | ReferralState::EnteredInError) {
        return None;
    }
    let after = if referral.state.treats() { AFTER_TREATMENT } else { AFTER_A_REFERRAL_WITHOUT_TREATMENT };
    let over = referral.ended_at.map(|ended| ended + after);
    let lapse = consent.and_then(|consent| consent.terms.valid_until).and_then(|last_day| last_day.succ_opt());
    let lapse = lapse.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let terms = GrantTerms {
        grantee: Grantee::Hospital(referral.hospital_id),
        basis: GrantBasis::Referral,
        referral_id: Some(referral.id),
        booking_id: None,
        view: Audience::Hospital,
        valid_from: now,
        valid_until: over.into_iter().chain(lapse).min(),
        emergency: None,
        reason: None,
        consent_id: consent.map(|consent| consent.id),
    };
    terms.last_beyond(now)
}

/// The grants that a booking's interpreter should hold from `now` on: the job without the patient's name
/// while it is only offered or still far, then what the job needs, around its time.
#[must_use]
pub fn of_booking(booking: &Booking, consents: &[Consent], now: DateTime<Utc>) -> Vec<GrantTerms> {
    let Some(interpreter_id) = booking.interpreter_id else { return Vec::new() };
    let consent_id = match sharing(consents, ConsentPurpose::ShareWithInterpreter, None, now) {
        Sharing::Allowed(consent) => Some(consent.id),
        Sharing::Unsaid => None,
        Sharing::Withdrawn => return Vec::new(),
    };
    let grant = |view, valid_from, valid_until| GrantTerms {
        grantee: Grantee::Interpreter(interpreter_id),
        basis: GrantBasis::Booking,
        referral_id: None,
        booking_id: Some(booking.id),
        view,
        valid_from,
        valid_until,
        emergency: None,
        reason: None,
        consent_id,
    };
    let window = booking.job.window;
    let near = (window.starts_at - BEFORE_A_JOB).max(now);
    let over = Some(window.ends_at + AFTER_A_JOB);
    let wanted = match booking.state {
        BookingState::Requested
        | BookingState::Declined
        | BookingState::Expired
        | BookingState::CancelledEarly
        | BookingState::CancelledLate => Vec::new(),
        BookingState::Offered => vec![grant(Audience::Masked, now, Some(window.starts_at))],
        BookingState::Accepted | BookingState::CheckedIn => {
            vec![grant(Audience::Masked, now, Some(near)), grant(Audience::Interpreter, near, over)]
        }
        BookingState::Completed | BookingState::NoShow => vec![grant(Audience::Interpreter, now, over)],
    };
    wanted.into_iter().filter_map(|terms| terms.last_beyond(now)).collect()
}

impl GrantTerms {
    /// Those of a member of a case's team, from `now` on.
    #[must_use]
    pub const fn of_member(grantee: Grantee, basis: GrantBasis, now: DateTime<Utc>) -> Self {
        Self {
            grantee,
            basis,
            referral_id: None,
            booking_id: None,
            view: Audience::Full,
            valid_from: now,
            valid_until: None,
            emergency: None,
            reason: None,
            consent_id: None,
        }
    }

    /// Those of a doctor who is asked for a second opinion, from `now` until `until`.
    ///
    /// # Errors
    /// [`Invalid`] for an end that is past, or more than [`LONGEST_SECOND_OPINION`] ahead.
    pub fn of_second_opinion(
        doctor: UserId,
        until: DateTime<Utc>,
        reason: Line,
        now: DateTime<Utc>,
    ) -> Result<Self, Invalid> {
        let mut fields = Fields::new();
        fields.require("/until", now < until, FieldCode::InThePast);
        fields.require("/until", until <= now + LONGEST_SECOND_OPINION, FieldCode::OutOfRange);
        let terms = Self::of_member(Grantee::User(doctor), GrantBasis::SecondOpinion, now);
        fields.finish(|| Some(Self { valid_until: Some(until), reason: Some(reason), ..terms }))
    }

    /// Whether `permit` allows to give this: what is lent ends with the absence, so whoever stands in gives
    /// nothing to themselves, and nothing that lasts longer.
    ///
    /// # Errors
    /// [`Invalid`] for someone who acts for another, and gives more than that.
    pub fn expect_lent(&self, permit: &Permit) -> Result<(), Invalid> {
        let Some(lent_until) = permit.lent_until() else { return Ok(()) };
        let to_themselves = permit.actor().user_id().map(Grantee::User) == Some(self.grantee);
        let mut fields = Fields::new();
        fields.require("/doctor_id", !to_themselves, FieldCode::Contradicts);
        let ends = self.valid_until.is_some_and(|until| until <= lent_until);
        fields.require("/until", ends, FieldCode::OutOfRange);
        fields.finish(|| Some(()))
    }

    /// Itself, unless it would be over before it begins.
    fn last_beyond(self, now: DateTime<Utc>) -> Option<Self> {
        let begins = self.valid_from.max(now);
        self.valid_until.is_none_or(|until| begins < until).then_some(self)
    }

    /// Whether both give the same, from whenever.
    #[must_use]
    pub fn gives_as(&self, other: &Self) -> bool {
        let from_then = |terms: &Self| Self { valid_from: other.valid_from, ..terms.clone() };
        from_then(self) == *other
    }
}

#[cfg(test)]
mod tests;
