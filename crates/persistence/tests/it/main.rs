//! The storage against both databases.

#[cfg(test)]
mod bookings;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod store;
