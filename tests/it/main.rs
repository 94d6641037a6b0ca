//! The whole product, called as its clients call it; and the rules that its sources keep.
#![cfg(test)]

mod access;
mod access_log;
mod administration;
mod app;
mod approvals;
mod authority;
mod break_glass;
mod clients;
mod delegations;
mod expiry;
mod grants;
mod instances;
mod leaving;
mod lists;
mod openapi;
mod passkeys;
mod passwords;
mod problems;
mod replays;
mod reports;
mod second_factor;
mod sessions;
mod sign_in;
mod teams;
mod tidy;
mod tokens;
