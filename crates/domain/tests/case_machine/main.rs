//! The case machine as a whole: its table against the hand-written oracle, its walk, and its document.

#[path = "../common/mod.rs"]
mod common;
mod document;
mod oracle;
mod rules;
mod table;
mod walk;
mod world;
