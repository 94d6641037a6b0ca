//! The case machine as a whole: its table against the hand-written oracle, its walk, and its document.

#[cfg(test)]
#[path = "../common/mod.rs"]
mod common;
#[cfg(test)]
mod document;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod table;
#[cfg(test)]
mod walk;
#[cfg(test)]
mod world;
