//! The whole product, called as its clients call it; and the rules that its sources keep.
#![cfg(test)]

mod access;
mod administration;
mod app;
mod approvals;
mod authority;
mod clients;
mod expiry;
mod instances;
mod openapi;
mod passkeys;
mod passwords;
mod problems;
mod replays;
mod reports;
mod second_factor;
mod sessions;
mod sign_in;
mod tidy;
mod tokens;
