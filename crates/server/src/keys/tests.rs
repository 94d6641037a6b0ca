use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn scratch() -> (TempDir, KeyFolder) {
    let folder = TempDir::new().unwrap();
    let keys = KeyFolder::below(folder.path());
    (folder, keys)
}

/// The ids of the keys with their states, in the order in which they sign.
fn states(keys: &KeyFolder, now: DateTime<Utc>) -> Vec<(String, KeyState)> {
    keys.states(now).unwrap().into_iter().map(|(key, state)| (key.id().to_owned(), state)).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_first_start_makes_one_key_that_only_its_owner_reads() {
    let (_place, keys) = scratch();
    keys.prepare(at(0)).unwrap();
    keys.prepare(at(5)).unwrap();
    let kept = keys.load().unwrap();
    let [Kept { key, path }] = kept.as_slice() else { panic!("{} keys", kept.len()) };
    assert_eq!(key.signs_from(), at(0));
    assert_eq!(path.file_name().unwrap().to_str().unwrap(), format!("{}-{}.p8", at(0).format(INSTANT), key.id()));
    assert_eq!((mode(path), mode(&keys.folder())), (0o600, 0o700));
}

#[test]
fn instances_that_start_at_once_share_one_key() {
    let (_place, keys) = scratch();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let keys = keys.clone();
            std::thread::spawn(move || keys.prepare(at(0)).map(|()| KeySource::read(&keys).unwrap()))
        })
        .collect();
    let seen = starts.into_iter().map(|start| start.join().unwrap().unwrap().signing_at(at(0)).id().to_owned());
    let seen: std::collections::BTreeSet<_> = seen.collect();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[test]
fn the_single_key_of_older_versions_is_taken_over() {
    let (place, keys) = scratch();
    let single = place.path().join(SINGLE_KEY);
    let pkcs8 = SigningKey::generate().unwrap();
    fs::write(&single, &pkcs8).unwrap();
    let since = at(-3_600);
    fs::File::options().write(true).open(&single).unwrap().set_modified(since.into()).unwrap();
    keys.prepare(at(0)).unwrap();
    let kept = keys.load().unwrap().pop().unwrap().key;
    assert_eq!(kept.public(), SigningKey::read(&pkcs8, since).unwrap().public());
    assert_eq!(kept.signs_from(), since);
    assert!(!single.exists());
}

#[test]
fn a_rotation_adds_a_key_that_signs_when_every_instance_knows_it() {
    let (_place, keys) = scratch();
    keys.prepare(at(0)).unwrap();
    let old = states(&keys, at(0))[0].0.clone();
    let rotated = keys.rotate(Rotation::Planned, at(1_000)).unwrap();
    assert_eq!(rotated.removed, Vec::<String>::new());
    assert_eq!(rotated.added.signs_from(), at(1_120));
    let new = rotated.added.id().to_owned();
    assert_eq!(states(&keys, at(1_119)), [(old.clone(), KeyState::Signs), (new.clone(), KeyState::Waiting)]);
    assert_eq!(
        states(&keys, at(1_120)),
        [(old.clone(), KeyState::VerifiesUntil(at(1_425))), (new.clone(), KeyState::Signs)]
    );
    // The next rotation removes what is done with, and only that.
    let next = keys.rotate(Rotation::Planned, at(1_424)).unwrap();
    assert_eq!(next.removed, Vec::<String>::new());
    let last = keys.rotate(Rotation::Planned, at(1_425)).unwrap();
    assert_eq!(last.removed, [old]);
    let left: Vec<_> = states(&keys, at(1_425)).into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, [new, next.added.id().to_owned(), last.added.id().to_owned()]);
}

#[test]
fn in_an_emergency_the_new_key_signs_at_once_and_the_others_are_gone() {
    let (_place, keys) = scratch();
    keys.prepare(at(0)).unwrap();
    let waiting = keys.rotate(Rotation::Planned, at(10)).unwrap().added;
    let rotated = keys.rotate(Rotation::Emergency, at(20)).unwrap();
    assert_eq!(states(&keys, at(20)), [(rotated.added.id().to_owned(), KeyState::Signs)]);
    assert!(rotated.removed.len() == 2 && rotated.removed.contains(&waiting.id().to_owned()));
}

#[test]
fn a_rotation_before_the_first_start_makes_the_first_key() {
    let (_place, keys) = scratch();
    assert_eq!(states(&keys, at(0)), []);
    let first = keys.rotate(Rotation::Planned, at(0)).unwrap().added;
    assert_eq!(first.signs_from(), at(0));
    keys.prepare(at(1)).unwrap();
    assert_eq!(states(&keys, at(1)).len(), 1);
}

#[test]
fn a_running_server_takes_a_rotation_in() {
    let (place, keys) = scratch();
    let served = open(place.path(), at(0)).unwrap();
    let added = keys.rotate(Rotation::Planned, at(10)).unwrap().added;
    assert_ne!(served.ring().signing_at(at(200)).id(), added.id());
    served.reload().unwrap();
    assert_eq!(served.ring().signing_at(at(200)).id(), added.id());
    fs::remove_dir_all(keys.folder()).unwrap();
    assert!(served.reload().is_err());
    assert_eq!(served.ring().signing_at(at(200)).id(), added.id(), "what is known stays in force");
}

#[test]
fn what_is_no_key_of_ours_is_told_from_what_lies_there_by_chance() {
    let (_place, keys) = scratch();
    keys.prepare(at(0)).unwrap();
    for by_chance in ["README", ".half-written.p8", "notes.txt"] {
        fs::write(keys.folder().join(by_chance), "anything").unwrap();
    }
    assert_eq!(keys.load().unwrap().len(), 1);
    let pkcs8 = SigningKey::generate().unwrap();
    let id = SigningKey::read(&pkcs8, at(0)).unwrap().id().to_owned();
    for (name, content) in [
        (format!("20261122T090000Z-{id}.p8"), b"cut off".to_vec()),
        ("20261122T090000Z-0000000000000000.p8".to_owned(), pkcs8.clone()),
        (format!("yesterday-{id}.p8"), pkcs8.clone()),
        ("key.p8".to_owned(), pkcs8.clone()),
    ] {
        let path = keys.folder().join(&name);
        fs::write(&path, content).unwrap();
        assert!(keys.load().is_err(), "{name}");
        assert!(KeySource::read(&keys).is_err_and(|error| error.0.to_string().contains(&name)), "{name}");
        fs::remove_file(path).unwrap();
    }
    fs::write(keys.folder().join(format!("20261122T090000Z-{id}.p8")), pkcs8).unwrap();
    assert_eq!(keys.load().unwrap().len(), 2);
}
