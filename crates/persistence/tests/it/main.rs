//! The storage against both databases.

#[cfg(test)]
mod access_reviews;
#[cfg(test)]
mod approvals;
#[cfg(test)]
mod bookings;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod clinical;
#[cfg(test)]
mod erasure;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod grants_of_before;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod mails;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod quotes;
#[cfg(test)]
mod referrals;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod second_factors;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod store;
#[cfg(test)]
mod surgery;
#[cfg(test)]
mod throttles;
#[cfg(test)]
mod withdrawals;
