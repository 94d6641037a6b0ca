//! Who stands in for whom, on whose behalf someone acted, whose doing a task looks at, and one second opinion of
//! a doctor at a time.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    pk_uuid, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_delegations(manager).await?;
        for (table, column) in [("audit_records", "on_behalf_of"), ("tasks", "review_of")] {
            manager.alter_table(Table::alter().table(table).add_column(uuid_null(column)).to_owned()).await?;
        }
        let by_actor =
            Index::create().name("ix_audit_records_actor").table("audit_records").col("actor_id").col("id").to_owned();
        manager.create_index(by_actor).await?;
        // Whoever is asked twice for the same is asked once.
        let one_opinion = Index::create()
            .name("uq_access_grants_case_id_user_id")
            .table("access_grants")
            .col("case_id")
            .col("user_id")
            .unique()
            .and_where(Expr::cust("ended_at IS NULL AND basis = 'second_opinion'"))
            .to_owned();
        manager.create_index(one_opinion).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, index) in
            [("access_grants", "uq_access_grants_case_id_user_id"), ("audit_records", "ix_audit_records_actor")]
        {
            manager.drop_index(Index::drop().name(index).table(table).to_owned()).await?;
        }
        for (table, column) in [("tasks", "review_of"), ("audit_records", "on_behalf_of")] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        manager.drop_table(Table::drop().table("delegations").to_owned()).await
    }
}

async fn create_delegations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let person = |column: &'static str| {
        ForeignKey::create()
            .name(format!("fk_delegations_{column}"))
            .from("delegations", column)
            .to("users", "id")
            .to_owned()
    };
    let delegations = Table::create()
        .table("delegations")
        .col(pk_uuid("id"))
        .col(uuid("from_user_id"))
        .col(uuid("to_user_id"))
        .col(timestamp_with_time_zone("valid_from"))
        .col(timestamp_with_time_zone("valid_until"))
        .col(string("reason"))
        .col(uuid("created_by"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(uuid_null("ended_by"))
        .foreign_key(&mut person("from_user_id"))
        .foreign_key(&mut person("to_user_id"))
        .foreign_key(&mut person("created_by"))
        .foreign_key(&mut person("ended_by"))
        .check(("ck_delegations_another", Expr::cust("from_user_id <> to_user_id")))
        .check(("ck_delegations_times", Expr::cust("valid_from < valid_until")))
        .check(("ck_delegations_end", Expr::cust("ended_at IS NOT NULL OR ended_by IS NULL")))
        .to_owned();
    manager.create_table(delegations).await?;
    for column in ["from_user_id", "to_user_id"] {
        let of_party = Index::create()
            .name(format!("ix_delegations_{column}"))
            .table("delegations")
            .col(column)
            .col("id")
            .to_owned();
        manager.create_index(of_party).await?;
    }
    Ok(())
}
