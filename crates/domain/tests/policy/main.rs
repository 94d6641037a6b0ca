//! Who may do what, and how near people stand to what it is done to.

#[cfg(test)]
#[path = "../common/mod.rs"]
mod common;
#[cfg(test)]
mod page;
#[cfg(test)]
mod relations;
