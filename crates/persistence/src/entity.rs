//! The rows, one module for each table. Private: domain types go in and come out of this crate.

pub(crate) mod audit_record;
pub(crate) mod case;
pub(crate) mod case_event;
pub(crate) mod confirmation;
pub(crate) mod counter;
pub(crate) mod information_item;
pub(crate) mod installation;
pub(crate) mod patient;
pub(crate) mod patient_phone;
pub(crate) mod refresh_token;
pub(crate) mod session;
pub(crate) mod task;
pub(crate) mod user;
