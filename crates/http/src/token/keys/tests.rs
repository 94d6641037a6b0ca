use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn key(signs_from: i64) -> SigningKey {
    SigningKey::read(&SigningKey::generate().unwrap(), at(signs_from)).unwrap()
}

fn ring(keys: &[&SigningKey]) -> KeyRing {
    KeyRing::of(keys.iter().copied().cloned().collect()).unwrap()
}

#[test]
fn each_key_signs_until_the_next_takes_over() {
    let (one, two, three) = (key(0), key(100), key(200));
    let ring = ring(&[&three, &one, &two]);
    for (now, expected) in [(0, &one), (99, &one), (100, &two), (199, &two), (200, &three), (1_000_000, &three)] {
        assert_eq!(ring.signing_at(at(now)).id(), expected.id(), "{now}");
    }
    assert_eq!(ring.signing_at(at(-3)).id(), one.id(), "a clock that is behind signs with the first one");
}

#[test]
fn a_key_verifies_from_when_it_is_known_until_its_last_token_has_expired() {
    let (one, two) = (key(0), key(100));
    let ring = ring(&[&one, &two]);
    let knows = |key: &SigningKey, now| ring.verifying(key.id(), at(now)).is_some();
    assert!(knows(&one, 0) && knows(&two, 0) && knows(&two, 1_000_000));
    // Its last token was signed at 99 at the latest, is good for 300 s, and is taken 5 s longer.
    assert!(knows(&one, 404) && !knows(&one, 405));
    assert!(!knows(&key(0), 50));
    let published = |now| ring.published(at(now)).map(SigningKey::id).collect::<Vec<_>>();
    assert_eq!(published(404), [one.id(), two.id()]);
    assert_eq!(published(405), [two.id()]);
}

#[test]
fn the_state_of_a_key_follows_from_its_successor() {
    let (one, two, three) = (key(0), key(100), key(200));
    let ring = ring(&[&one, &two, &three]);
    let states = |now| ring.states(at(now)).map(|(_, state)| state).collect::<Vec<_>>();
    assert_eq!(states(-1), [KeyState::Signs, KeyState::Waiting, KeyState::Waiting]);
    assert_eq!(states(100), [KeyState::VerifiesUntil(at(405)), KeyState::Signs, KeyState::Waiting]);
    assert_eq!(states(404), [KeyState::VerifiesUntil(at(405)), KeyState::VerifiesUntil(at(505)), KeyState::Signs]);
    assert_eq!(states(405), [KeyState::Retired, KeyState::VerifiesUntil(at(505)), KeyState::Signs]);
    assert_eq!(states(505), [KeyState::Retired, KeyState::Retired, KeyState::Signs]);
}

#[test]
fn a_ring_has_a_key() {
    assert!(KeyRing::of(Vec::new()).is_none());
}

#[test]
fn what_is_no_key_is_refused() {
    assert_eq!(SigningKey::read(b"not a key", at(0)).map(drop), Err(KeyError));
}

/// A source whose keys a test sets, and that counts how often it was read.
#[derive(Default)]
struct Shelf {
    keys: StdMutex<Vec<SigningKey>>,
    reads: AtomicUsize,
}

impl KeySource for Arc<Shelf> {
    fn read(&self) -> Result<KeyRing, KeysUnreadable> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        KeyRing::of(self.keys.lock().unwrap().clone()).ok_or_else(|| KeysUnreadable("empty".into()))
    }
}

#[tokio::test]
async fn a_new_key_is_looked_for_once_in_a_while_however_often_it_is_missed() {
    let shelf = Arc::new(Shelf::default());
    shelf.keys.lock().unwrap().push(key(0));
    let keys = SigningKeys::open(shelf.clone()).unwrap();
    let new = key(100);
    shelf.keys.lock().unwrap().push(new.clone());
    assert!(keys.ring().verifying(new.id(), at(0)).is_none());
    keys.look_again(at(0)).await;
    assert!(keys.ring().verifying(new.id(), at(0)).is_some());
    for _ in 0..100 {
        keys.look_again(at(0)).await;
    }
    assert_eq!(shelf.reads.load(Ordering::Relaxed), 2);
    keys.look_again(at(1)).await;
    assert_eq!(shelf.reads.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn keys_that_cannot_be_read_leave_the_known_ones_in_force() {
    let shelf = Arc::new(Shelf::default());
    assert!(SigningKeys::open(shelf.clone()).is_err(), "nothing to begin with");
    let known = key(0);
    shelf.keys.lock().unwrap().push(known.clone());
    let keys = SigningKeys::open(shelf.clone()).unwrap();
    shelf.keys.lock().unwrap().clear();
    assert!(keys.reload().is_err());
    keys.look_again(at(0)).await;
    assert_eq!(keys.ring().signing_at(at(0)).id(), known.id());
}

#[test]
fn keys_do_not_print_themselves() {
    let pkcs8 = SigningKey::generate().unwrap();
    let shelf = Arc::new(Shelf::default());
    shelf.keys.lock().unwrap().push(SigningKey::read(&pkcs8, at(0)).unwrap());
    let printed = format!("{:?}", SigningKeys::open(shelf).unwrap());
    assert!(!printed.contains(&format!("{:?}", &pkcs8[..8])), "{printed}");
    assert!(printed.contains("signs_from"), "{printed}");
}
