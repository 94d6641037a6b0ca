//! What someone with several roles sees of a list: of each thing as much as of it alone, and no thing by a name that
//! they do not read.

use std::slice;

use rafiq_domain::vocabulary::Role;
use rafiq_persistence::db_test;
use serde_json::{Value, json};

use crate::app::{Session, TestApp, a_case, a_patient};

db_test! {
    async fn a_list_shows_of_each_thing_what_it_shows_alone(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let doctor = app.user(&[Role::Doctor, Role::Auditor]).await;
        let administrator = app.user(&[Role::Coordinator, Role::Administrator]).await;
        let finance = app.user(&[Role::Finance, Role::Doctor]).await;
        let case = a_case(&a_patient(0).by(&coordinator).await).by(&coordinator).await;
        let team = json!({ "coordinator_id": coordinator.user_id, "doctor_id": doctor.user_id });
        coordinator.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag).await.expect(200);
        a_case(&a_patient(1).by(&administrator).await).by(&administrator).await;
        a_case(&a_patient(2).by(&coordinator).await).by(&coordinator).await;
        db.execute("UPDATE cases SET laterality = 'left'").await.unwrap();

        for (reader, named) in [(&doctor, 1), (&administrator, 1), (&finance, 3)] {
            for (list, name) in [("/cases", "/patient/name"), ("/patients", "/details/arabic_name")] {
                let listed = reader.get(list).await.expect(200).items();
                for thing in &listed {
                    let alone = reader.get(&format!("{list}/{}", thing["id"].as_str().unwrap())).await.expect(200);
                    assert_eq!(alone.body, *thing);
                }
                let with_name = listed.iter().filter(|thing| thing.pointer(name).is_some()).count();
                assert_eq!((listed.len(), with_name), (3, named), "{list}");
            }
        }
        let sides = doctor.get("/cases").await.items().iter().filter(|case| case["laterality"] == "left").count();
        assert_eq!(sides, 3, "an auditor reads codes of every case");
    }
}

db_test! {
    async fn a_name_finds_whom_its_reader_reads_with_a_name(db: &TestDb) {
        let app = TestApp::new(db);
        let coordinator = app.user(&[Role::Coordinator]).await;
        let doctor = app.user(&[Role::Doctor, Role::Auditor]).await;
        let administrator = app.user(&[Role::Coordinator, Role::Administrator]).await;
        let case = a_case(&a_patient(0).by(&coordinator).await).by(&coordinator).await;
        let team = json!({ "coordinator_id": coordinator.user_id, "doctor_id": doctor.user_id });
        coordinator.put(&format!("/cases/{}/team", case.id), &team).with_if_match(&case.etag).await.expect(200);
        a_patient(1).by(&administrator).await;

        let found = async |who: &Session<'_>, name: &str| {
            let found = who.get(&format!("/patients?name={name}")).await.expect(200).items();
            found.iter().map(|patient| patient["details"]["passport_name"]["surname"].clone()).collect::<Vec<Value>>()
        };
        let (own, foreign) = (json!("ALKHATEEB"), json!("HADDAD"));
        assert_eq!(found(&doctor, "ALKHATEEB").await, slice::from_ref(&own));
        assert_eq!(found(&doctor, "HADDAD").await, [] as [Value; 0]);
        assert_eq!(found(&administrator, "HADDAD").await, slice::from_ref(&foreign));
        assert_eq!(found(&administrator, "ALKHATEEB").await, [] as [Value; 0]);
        let finance = app.user(&[Role::Finance, Role::Auditor]).await;
        assert_eq!((found(&finance, "ALKHATEEB").await, found(&finance, "HADDAD").await), (vec![own], vec![foreign]));
        for masked in [Role::Auditor, Role::Administrator] {
            assert_eq!(found(&app.user(&[masked]).await, "ALKHATEEB").await, [] as [Value; 0], "{masked}");
        }
    }
}
