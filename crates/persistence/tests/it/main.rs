//! The storage against both databases.

#[cfg(test)]
mod bookings;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod clinical;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod quotes;
#[cfg(test)]
mod referrals;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod store;
#[cfg(test)]
mod surgery;
