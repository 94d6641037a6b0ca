//! The table `throttles`.

use sea_orm::entity::prelude::*;

use rafiq_domain::throttling::Counter;

use crate::column::Code;

/// A row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "throttles")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) counter: Code<Counter>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) key: Vec<u8>,
    pub(crate) count: i32,
    pub(crate) open_at: DateTimeUtc,
    pub(crate) touched_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
