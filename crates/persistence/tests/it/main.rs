//! The storage against both databases.

#[cfg(test)]
mod schema;
#[cfg(test)]
mod store;
