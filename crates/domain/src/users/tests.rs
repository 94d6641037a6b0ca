use uuid::Uuid;

use super::*;

#[test]
fn roles_and_bindings_belong_together() {
    let wrong = |roles: &[Role], hospital: bool, interpreter: bool| {
        let profile = UserProfile {
            name: PersonName::parse("Layla").unwrap(),
            roles: roles.to_vec(),
            confers: Vec::new(),
            hospital_id: hospital.then(|| Uuid::from_u128(4).into()),
            interpreter_id: interpreter.then(|| Uuid::from_u128(5).into()),
        };
        profile.check().err().map(|refused| refused.0.into_iter().map(|field| field.code).collect::<Vec<_>>())
    };
    assert_eq!(wrong(&[Role::Coordinator, Role::Finance], false, false), None);
    assert_eq!(wrong(&[Role::HospitalUser], true, false), None);
    assert_eq!(wrong(&[Role::Interpreter], false, true), None);
    assert_eq!(wrong(&[], false, false), Some(vec![FieldCode::Empty]));
    for (roles, hospital, interpreter) in [
        (&[Role::HospitalUser][..], false, false),
        (&[Role::Coordinator], true, false),
        (&[Role::Interpreter], false, false),
        (&[Role::Doctor], false, true),
        (&[Role::HospitalUser, Role::Doctor], true, false),
    ] {
        assert_eq!(wrong(roles, hospital, interpreter), Some(vec![FieldCode::Contradicts]), "{roles:?}");
    }
}
